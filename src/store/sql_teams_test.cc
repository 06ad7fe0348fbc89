#include <gmock/gmock.h>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

using ::testing::ElementsAre;

class TeamsTest : public stargate::testing::StoreTest {};
STARGATE_ON_BOTH_ENGINES(TeamsTest);

TEST_P(TeamsTest, WhatGoesInComesOut) {
  account::Team made = team("t1");
  made.team_alias = "Größe";
  made.organization_id = "o";
  made.budget_id = "b";
  made.member_budget_id = "mb";
  made.member_key_duration = "30d";
  made.models = {"a", "b"};
  made.tags = {"x,y"};
  made.member_permissions = {"/key/generate"};
  made.access_group_ids = {"g"};
  made.model_aliases = R"({"m":"n"})";
  made.router_settings = R"({"num_retries":1})";
  made.object_permission = R"({"p":[]})";
  made.metadata = R"({"k":null})";
  made.blocked = true;
  made.limits.max_budget = base::NanoUsd{50'000'000'000};
  ASSERT_EQ(trouble(store_->create_team(made)), "");
  EXPECT_EQ(store_->find_team("t1").value(), made);
  const auto again = store_->create_team(made);
  EXPECT_EQ(code(again), ErrorCode::kConflict);
  EXPECT_EQ(param(again), "team_id");
  made.team_alias = "new";
  EXPECT_EQ(store_->update_team(made), 2);
  EXPECT_EQ(store_->find_team("t1")->team_alias, "new");
}

TEST_P(TeamsTest, Members) {
  ASSERT_EQ(trouble(store_->create_team(team("t1"))), "");
  ASSERT_EQ(trouble(store_->create_team(team("t2"))), "");
  account::TeamMembership ann = member("t1", "ann");
  ann.role = "admin";
  ann.budget_id = "b";
  ann.limits.max_budget = base::NanoUsd{7};
  ann.limits.tpm_limit = 5;
  ASSERT_EQ(trouble(store_->add_member(ann)), "");
  ASSERT_EQ(trouble(store_->add_member(member("t1", "bob"))), "");
  ASSERT_EQ(trouble(store_->add_member(member("t2", "ann"))), "");
  EXPECT_EQ(code(store_->add_member(member("t1", "ann"))), ErrorCode::kConflict);
  EXPECT_EQ(code(store_->add_member(member("no team", "ann"))), ErrorCode::kNotFound);
  EXPECT_EQ(store_->find_member("t1", "ann").value(), ann);
  EXPECT_EQ(store_->list_members({}, {"ann"})->size(), 2U);
  EXPECT_EQ(store_->list_members({"t1"}, {"ann"})->size(), 1U);
  EXPECT_EQ(code(store_->list_members({}, {})), ErrorCode::kBadRequest);
  ann.role = "user";
  EXPECT_EQ(store_->update_member(ann), 2);
  EXPECT_EQ(store_->find_member("t1", "ann")->role, "user");

  ASSERT_EQ(trouble(store_->create_key(key("k1", "ann", "t1"))), "");
  ASSERT_EQ(trouble(store_->create_key(key("k2", "ann", "t2"))), "");
  EXPECT_EQ(trouble(store_->remove_member("t1", "ann", {.at = at(5), .by = "boss"})), "");
  EXPECT_EQ(code(store_->find_member("t1", "ann")), ErrorCode::kNotFound);
  EXPECT_EQ(code(store_->key_by_hash("k1", at(6))), ErrorCode::kNotFound);
  EXPECT_TRUE(store_->key_by_hash("k2", at(6))) << "a key of another team";
  EXPECT_EQ(code(store_->remove_member("t1", "ann", {})), ErrorCode::kNotFound);
}

TEST_P(TeamsTest, DeletingTakesKeysAndMembersAlong) {
  for (const char* id : {"t1", "t2", "t3"}) ASSERT_EQ(trouble(store_->create_team(team(id))), "");
  ASSERT_EQ(trouble(store_->add_member(member("t1", "ann"))), "");
  ASSERT_EQ(trouble(store_->create_key(key("k1", "", "t1"))), "");
  ASSERT_EQ(trouble(store_->create_key(key("k3", "", "t3"))), "");
  const auto deleted = store_->delete_teams({"t1", "t2", "nothing"}, {.at = at(5), .by = "boss"});
  ASSERT_TRUE(deleted) << trouble(deleted);
  EXPECT_THAT(*deleted, ::testing::UnorderedElementsAre("t1", "t2"));
  EXPECT_TRUE(store_->list_members({"t1"}, {})->empty());
  EXPECT_EQ(code(store_->key_by_hash("k1", at(6))), ErrorCode::kNotFound);
  EXPECT_TRUE(store_->key_by_hash("k3", at(6)));
}

TEST_P(TeamsTest, Filters) {
  account::Team one = team("t1");
  one.team_alias = "Backend";
  account::Team two = team("t2");
  two.team_alias = "Frontend";
  two.organization_id = "org";
  ASSERT_EQ(trouble(store_->create_team(one)), "");
  ASSERT_EQ(trouble(store_->create_team(two)), "");
  ASSERT_EQ(trouble(store_->add_member(member("t2", "ann"))), "");
  const auto ids = [&](const ports::TeamFilter& filter) {
    std::vector<std::string> out;
    const auto listing = store_->list_teams(filter, {}, {.by = ports::TeamSort::kTeamAlias, .descending = true});
    EXPECT_TRUE(listing) << trouble(listing);
    for (const account::Team& found : listing->rows) out.push_back(found.team_id);
    return out;
  };
  EXPECT_THAT(ids({}), ElementsAre("t2", "t1"));
  EXPECT_THAT(ids({.team_ids = {"t1"}}), ElementsAre("t1"));
  EXPECT_THAT(ids({.member_user_id = "ann"}), ElementsAre("t2"));
  EXPECT_THAT(ids({.organization_id = "org"}), ElementsAre("t2"));
  EXPECT_THAT(ids({.alias_contains = "back"}), ElementsAre("t1"));
}

}  // namespace
}  // namespace stargate::store
