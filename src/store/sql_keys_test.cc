#include <gmock/gmock.h>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class KeysTest : public stargate::testing::StoreTest {
 protected:
  std::vector<std::string> hashes(const ports::KeyFilter& filter) {
    const auto listing = store_->list_keys(filter, {.number = 1, .size = 100}, {.by = ports::KeySort::kKeyHash});
    EXPECT_TRUE(listing) << trouble(listing);
    std::vector<std::string> out;
    if (listing) {
      for (const account::Key& found : listing->rows) out.push_back(found.key_hash);
    }
    return out;
  }
};
STARGATE_ON_BOTH_ENGINES(KeysTest);

account::Key full_key(account::Key key) {
  key.key_hmac = "hmac";
  key.key_name = "sk-...abcd";
  key.key_alias = "ann's laptop";
  key.key_type = "llm_api";
  key.user_id = "ann";
  key.team_id = "t";
  key.organization_id = "o";
  key.agent_id = "agent";
  key.budget_id = "b";
  key.models = {"claude-*"};
  key.tags = {"blue", "ünïcödé"};
  key.allowed_routes = {"llm_api_routes"};
  key.allowed_passthrough_routes = {"/x"};
  key.allowed_cache_controls = {"no-store"};
  key.access_group_ids = {"g1", "g2"};
  key.aliases = R"({"a":"b"})";
  key.config = R"({"c":1})";
  key.permissions = R"({"p":1})";
  key.router_settings = R"({"r":1})";
  key.object_permission = R"({"o":1})";
  key.budget_fallbacks = R"({"m":["n"]})";
  key.budget_limits = R"([{"max_budget":1}])";
  key.metadata = R"({"team":"x"})";
  key.blocked = true;
  key.expires_at = stargate::testing::at(100);
  key.temp_budget_increase = base::NanoUsd{1};
  key.temp_budget_expires_at = stargate::testing::at(50);
  key.auto_rotate = true;
  key.rotation_interval = "30d";
  key.rotations = 4;
  key.last_rotation_at = stargate::testing::at(10);
  key.next_rotation_at = stargate::testing::at(60);
  key.limits.max_budget = base::NanoUsd{10};
  key.spent.spend = base::NanoUsd{3};
  return key;
}

TEST_P(KeysTest, WhatGoesInComesOut) {
  const account::Key made = full_key(key("h1"));
  ASSERT_EQ(trouble(store_->create_key(made)), "");
  const auto found = store_->key_by_hash("h1", at(0));
  ASSERT_TRUE(found) << trouble(found);
  EXPECT_EQ(*found, made);
  EXPECT_EQ(code(store_->key_by_hash("h2", at(0))), ErrorCode::kNotFound);
  EXPECT_EQ(code(store_->key_by_hash("", at(0))), ErrorCode::kNotFound);
}

TEST_P(KeysTest, AColdKeyIsOneLookUpInAnIndex) {
  for (const char* each : {"h1", "h2", "h3"}) ASSERT_EQ(trouble(store_->create_key(key(each))), "");
  const auto connection = connect();
  // PostgreSQL would read so small a table whole.
  if (is_postgres()) {
    ASSERT_TRUE(connection->run_script("SET enable_seqscan = off"));
  }
  const auto plan = connection->run(std::string(is_postgres() ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") +
                                        "SELECT * FROM sg_key WHERE key_hash = 'h1' AND deleted_at = 0",
                                    {});
  ASSERT_TRUE(plan) << trouble(plan);
  std::string text;
  for (const Row& line : plan->rows) text += text_of(line.back()) + "\n";
  EXPECT_THAT(text, ::testing::HasSubstr(is_postgres() ? "Index Scan using" : "SEARCH sg_key USING INDEX"));
}

TEST_P(KeysTest, AliasAndHashAreUniqueAmongTheLiving) {
  account::Key first = key("h1");
  first.key_alias = "laptop";
  ASSERT_EQ(trouble(store_->create_key(first)), "");
  account::Key second = key("h2");
  second.key_alias = "laptop";
  const auto same_alias = store_->create_key(second);
  EXPECT_EQ(code(same_alias), ErrorCode::kConflict);
  EXPECT_EQ(param(same_alias), "key_alias");
  const auto same_hash = store_->create_key(key("h1"));
  EXPECT_EQ(code(same_hash), ErrorCode::kConflict);
  EXPECT_EQ(param(same_hash), "key_hash");

  EXPECT_THAT(store_->delete_keys({"h1", "nothing"}, {.at = at(5), .by = "x"}).value(), ElementsAre("h1"));
  EXPECT_EQ(trouble(store_->create_key(second)), "");
  EXPECT_EQ(trouble(store_->create_key(key("h1"))), "") << "the same key may live again";
  EXPECT_THAT(hashes({}), ElementsAre("h1", "h2"));
  EXPECT_THAT(hashes({.deleted = true}), ElementsAre("h1"));
  EXPECT_THAT(store_->delete_keys({"h1"}, {.at = at(6), .by = "x"}).value(), ElementsAre("h1"));
  EXPECT_THAT(hashes({.deleted = true}), ElementsAre("h1", "h1"));
  EXPECT_EQ(code(store_->update_key(key("h1"))), ErrorCode::kNotFound) << "a deleted key does not change";
}

TEST_P(KeysTest, Blocking) {
  ASSERT_EQ(trouble(store_->create_key(key("h1"))), "");
  ASSERT_EQ(trouble(store_->create_user(user("u"))), "");
  const account::Key read_before = store_->key_by_hash("h1", at(0)).value();
  EXPECT_EQ(trouble(store_->set_blocked(account::ScopeKind::kKey, "h1", true, {.at = at(9), .by = "x"})), "");
  const account::Key blocked = store_->key_by_hash("h1", at(0)).value();
  EXPECT_TRUE(blocked.blocked);
  EXPECT_EQ(blocked.stamp.updated_by, "x");
  EXPECT_EQ(param(store_->update_key(read_before)), "version") << "an older edition must not unblock it";
  EXPECT_EQ(trouble(store_->set_blocked(account::ScopeKind::kKey, "h1", false, {.at = at(9), .by = "x"})), "");
  EXPECT_FALSE(store_->key_by_hash("h1", at(0))->blocked);
  EXPECT_EQ(trouble(store_->set_blocked(account::ScopeKind::kUser, "u", true, {.at = at(9), .by = "x"})), "");
  EXPECT_TRUE(store_->find_user("u")->blocked);
  EXPECT_EQ(code(store_->set_blocked(account::ScopeKind::kTeam, "no", true, {})), ErrorCode::kNotFound);
  EXPECT_EQ(code(store_->set_blocked(account::ScopeKind::kTag, "no", true, {})), ErrorCode::kBadRequest);
}

TEST_P(KeysTest, AReplacedKeyOpensUntilItsGraceIsOver) {
  account::Key old = key("old", "ann");
  old.key_alias = "laptop";
  old.spent.spend.value = 7;
  ASSERT_EQ(trouble(store_->create_key(old)), "");
  account::Key fresh = old;
  fresh.key_hash = "new";
  fresh.spent = {};
  ASSERT_EQ(trouble(store_->replace_key("old", fresh, at(100))), "");
  EXPECT_EQ(store_->key_by_hash("new", at(50))->spent.spend.value, 7);
  EXPECT_EQ(store_->key_by_hash("new", at(50))->key_alias, "laptop");
  EXPECT_EQ(store_->key_by_hash("old", at(99))->key_hash, "new");
  EXPECT_EQ(code(store_->key_by_hash("old", at(100))), ErrorCode::kNotFound);
  EXPECT_THAT(hashes({}), ElementsAre("new"));

  // Again, without grace: the first hash still leads to the living key, as long as it may.
  fresh.key_hash = "newest";
  ASSERT_EQ(trouble(store_->replace_key("new", fresh, at(50))), "");
  EXPECT_EQ(store_->key_by_hash("old", at(60))->key_hash, "newest");
  EXPECT_EQ(code(store_->key_by_hash("new", at(60))), ErrorCode::kNotFound);
  EXPECT_EQ(code(store_->replace_key("new", fresh, at(50))), ErrorCode::kNotFound);
}

TEST_P(KeysTest, ARefusedReplacementChangesNothing) {
  account::Key old = key("old");
  old.key_alias = "laptop";
  ASSERT_EQ(trouble(store_->create_key(old)), "");
  ASSERT_EQ(trouble(store_->create_key(key("taken"))), "");
  account::Key fresh = key("taken");
  fresh.key_alias = "laptop";
  EXPECT_EQ(param(store_->replace_key("old", fresh, at(50))), "key_hash");
  EXPECT_EQ(store_->key_by_hash("old", at(0)).value(), old);
}

TEST_P(KeysTest, Filters) {
  const auto make = [&](const std::string& hash, const std::string& user_id, const std::string& team_id,
                        const std::string& maker) {
    account::Key made = key(hash, user_id, team_id);
    made.stamp.created_by = maker;
    made.key_alias = "Alias " + hash;
    ASSERT_EQ(trouble(store_->create_key(made)), "");
  };
  make("a", "ann", "", "root");
  make("b", "bob", "t1", "ann");
  make("c", "cy", "t2", "root");
  make("d", "dan", "", "ann");
  account::Key rotating = key("e");
  rotating.auto_rotate = true;
  rotating.next_rotation_at = at(10);
  rotating.organization_id = "org";
  rotating.budget_id = "bud";
  ASSERT_EQ(trouble(store_->create_key(rotating)), "");

  EXPECT_THAT(hashes({}), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(hashes({.user_id = "ann"}), ElementsAre("a"));
  EXPECT_THAT(hashes({.user_id = "ann", .or_team_ids = {"t1", "t9"}}), ElementsAre("a", "b"));
  EXPECT_THAT(hashes({.user_id = "ann", .or_team_ids = {"t2"}, .or_created_by = "ann"}),
              ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(hashes({.or_created_by = "ann", .team_ids = {"t1"}}), ElementsAre("b"));
  EXPECT_THAT(hashes({.key_hashes = {"c", "a"}}), ElementsAre("a", "c"));
  EXPECT_THAT(hashes({.organization_id = "org"}), ElementsAre("e"));
  EXPECT_THAT(hashes({.key_aliases = {"Alias a", "Alias c", "Alias"}}), ElementsAre("a", "c"));
  EXPECT_THAT(hashes({.alias_contains = "ALIAS"}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(hashes({.budget_id = "bud"}), ElementsAre("e"));
  EXPECT_THAT(hashes({.rotation_due_at = at(9)}), ElementsAre());
  EXPECT_THAT(hashes({.rotation_due_at = at(10)}), ElementsAre("e"));

  const auto aliases = store_->list_key_aliases("s B", {});
  ASSERT_TRUE(aliases) << trouble(aliases);
  EXPECT_THAT(aliases->rows, ElementsAre("Alias b"));
  EXPECT_EQ(store_->list_key_aliases("", {.number = 2, .size = 3})->total, 4);
  EXPECT_THAT(store_->list_key_aliases("", {.number = 2, .size = 3})->rows, ElementsAre("Alias d"));
}

}  // namespace
}  // namespace stargate::store
