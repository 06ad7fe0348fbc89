#include <gmock/gmock.h>

#include <algorithm>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class UsersTest : public stargate::testing::StoreTest {
 protected:
  std::vector<std::string> ids(const ports::UserFilter& filter, const ports::Sort<ports::UserSort>& sort = {}) {
    const auto listing = store_->list_users(filter, {.number = 1, .size = 100}, sort);
    EXPECT_TRUE(listing) << trouble(listing);
    std::vector<std::string> out;
    if (listing) {
      for (const account::User& found : listing->rows) out.push_back(found.user_id);
    }
    return out;
  }
};
STARGATE_ON_BOTH_ENGINES(UsersTest);

// Everything that can be set, and characters that statements, JSON and arrays might stumble over.
account::User full_user(account::User user) {
  user.user_alias = R"(O'Brien "the \ boss" {1,2} $1 :x ? %_ ;--)";
  user.user_email = "Zoë.Müller+tag@Example.ORG";
  user.user_role = "internal_user";
  user.sso_user_id = "sso|42";
  user.organization_id = "org-1";
  user.budget_id = "b-1";
  user.models = {"claude-*", "日本語", "with \"quotes\", commas", ""};
  user.allowed_cache_controls = {"no-cache"};
  user.aliases = R"({"a":"b"})";
  user.permissions = R"({"x":true})";
  user.object_permission = R"({"o":1})";
  user.metadata = "{\"emoji\":\"🚀\",\"nested\":{\"list\":[1,2]},\"line\":\"a\\nb\"}";
  user.blocked = true;
  user.limits = {.max_budget = base::NanoUsd{9'007'199'254'740'993},  // not a double
                 .soft_budget = base::NanoUsd{1},
                 .budget_duration = "30d",
                 .budget_reset_at = stargate::testing::at(7),
                 .tpm_limit = 100'000,
                 .rpm_limit = 0,
                 .max_parallel_requests = 3,
                 .model_max_budget = R"({"claude":{"budget_limit":1.5}})"};
  user.spent = {.spend = base::NanoUsd{-5}, .since = stargate::testing::at(3)};
  return user;
}

TEST_P(UsersTest, WhatGoesInComesOut) {
  const account::User made = full_user(user("ü'\"\\-1"));
  ASSERT_EQ(trouble(store_->create_user(made)), "");
  const auto found = store_->find_user("ü'\"\\-1");
  ASSERT_TRUE(found) << trouble(found);
  EXPECT_EQ(*found, made);
  const account::User plain = user("plain");
  ASSERT_EQ(trouble(store_->create_user(plain)), "");
  EXPECT_EQ(store_->find_user("plain").value(), plain);
}

TEST_P(UsersTest, TextThatADatabaseCannotHoldIsRepaired) {
  account::User odd = user("odd");
  odd.user_alias = std::string("nul\0 latin\xE9 half\xF0\x9F", 18);
  ASSERT_EQ(trouble(store_->create_user(odd)), "");
  EXPECT_EQ(store_->find_user("odd")->user_alias, "nul\xEF\xBF\xBD latin\xEF\xBF\xBD half\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_P(UsersTest, IdAndEmailAreUnique) {
  account::User first = user("u1");
  first.user_email = "Ann@Example.org";
  ASSERT_EQ(trouble(store_->create_user(first)), "");
  const auto same_id = store_->create_user(user("u1"));
  EXPECT_EQ(code(same_id), ErrorCode::kConflict);
  EXPECT_EQ(param(same_id), "user_id");

  account::User second = user("u2");
  second.user_email = "aNN@eXAMPLE.ORG";
  const auto same_email = store_->create_user(second);
  EXPECT_EQ(code(same_email), ErrorCode::kConflict);
  EXPECT_EQ(param(same_email), "user_email");
  EXPECT_THAT(same_email.error().message, Not(HasSubstr("xample"))) << "a value of a row";

  EXPECT_EQ(store_->find_user_by_email("ANN@example.org")->user_id, "u1");
  EXPECT_EQ(code(store_->find_user_by_email("bob@example.org")), ErrorCode::kNotFound);
  // No e-mail is not a value that can be taken, nor found.
  EXPECT_EQ(trouble(store_->create_user(user("u3"))), "");
  EXPECT_EQ(trouble(store_->create_user(user("u4"))), "");
  EXPECT_EQ(code(store_->find_user_by_email("")), ErrorCode::kNotFound);
}

TEST_P(UsersTest, AnUpdateLeavesSpendAndOriginAlone) {
  account::User made = user("u1");
  made.spent.spend.value = 500;
  ASSERT_EQ(trouble(store_->create_user(made)), "");
  account::User changed = full_user(made);
  changed.spent.spend.value = 0;
  changed.stamp.created_by = "somebody else";
  changed.stamp.updated_by = "eve";
  EXPECT_EQ(store_->update_user(changed), 2);
  changed.spent = made.spent;
  changed.stamp.created_by = "admin";
  changed.stamp.version = 2;
  EXPECT_EQ(store_->find_user("u1").value(), changed);
}

TEST_P(UsersTest, OfTwoEditorsTheSecondIsTold) {
  ASSERT_EQ(trouble(store_->create_user(user("u1"))), "");
  account::User mine = store_->find_user("u1").value();
  account::User yours = mine;
  mine.user_alias = "mine";
  yours.user_alias = "yours";
  ASSERT_TRUE(store_->update_user(mine));
  const auto second = another()->update_user(yours);
  EXPECT_EQ(code(second), ErrorCode::kConflict);
  EXPECT_EQ(param(second), "version");
  EXPECT_EQ(store_->find_user("u1")->user_alias, "mine");
  EXPECT_EQ(code(store_->update_user(user("nobody"))), ErrorCode::kNotFound);
}

TEST_P(UsersTest, DeletingTakesKeysAndMembershipsAlong) {
  ASSERT_EQ(trouble(store_->create_user(user("u1"))), "");
  ASSERT_EQ(trouble(store_->create_user(user("u2"))), "");
  ASSERT_EQ(trouble(store_->create_team(team("t1"))), "");
  ASSERT_EQ(trouble(store_->add_member(member("t1", "u1"))), "");
  ASSERT_EQ(trouble(store_->add_member(member("t1", "u2"))), "");
  ASSERT_EQ(trouble(store_->create_key(key("k1", "u1"))), "");
  ASSERT_EQ(trouble(store_->create_key(key("k2", "u2"))), "");

  EXPECT_EQ(store_->delete_users({"u1", "nobody"}, {.at = at(99), .by = "root"}), 1);
  EXPECT_EQ(code(store_->find_user("u1")), ErrorCode::kNotFound);
  EXPECT_EQ(code(store_->key_by_hash("k1", at(0))), ErrorCode::kNotFound);
  EXPECT_TRUE(store_->key_by_hash("k2", at(0)));
  const auto members = store_->list_members({"t1"}, {});
  ASSERT_TRUE(members) << trouble(members);
  ASSERT_EQ(members->size(), 1U);
  EXPECT_EQ(members->front().user_id, "u2");
  const auto deleted = store_->list_keys({.user_id = "u1", .deleted = true}, {}, {});
  ASSERT_TRUE(deleted) << trouble(deleted);
  ASSERT_EQ(deleted->total, 1);
  EXPECT_EQ(deleted->rows.front().deleted_by, "root");
  EXPECT_EQ(deleted->rows.front().deleted_at, at(99));
  EXPECT_EQ(store_->delete_users({}, {}), 0);
}

TEST_P(UsersTest, Filters) {
  account::User ann = user("ann");
  ann.user_email = "ann_lee@example.org";
  ann.user_role = "proxy_admin";
  ann.sso_user_id = "s-ann";
  account::User bob = user("bob");
  bob.user_email = "bob%smith@Example.org";
  bob.organization_id = "org";
  for (const account::User& someone : {ann, bob, user("cy")}) ASSERT_EQ(trouble(store_->create_user(someone)), "");
  ASSERT_EQ(trouble(store_->create_team(team("t"))), "");
  ASSERT_EQ(trouble(store_->add_member(member("t", "cy"))), "");

  EXPECT_THAT(ids({}), ElementsAre("ann", "bob", "cy"));
  EXPECT_THAT(ids({.user_ids = {"cy", "ann", "x"}}), ElementsAre("ann", "cy"));
  EXPECT_THAT(ids({.sso_user_ids = {"s-ann"}}), ElementsAre("ann"));
  EXPECT_THAT(ids({.user_role = "proxy_admin"}), ElementsAre("ann"));
  EXPECT_THAT(ids({.email_contains = "EXAMPLE"}), ElementsAre("ann", "bob"));
  EXPECT_THAT(ids({.email_contains = "n_l"}), ElementsAre("ann"));
  EXPECT_THAT(ids({.email_contains = "%"}), ElementsAre("bob"));
  EXPECT_THAT(ids({.email_contains = "_"}), ElementsAre("ann"));
  EXPECT_THAT(ids({.team_id = "t"}), ElementsAre("cy"));
  EXPECT_THAT(ids({.email_contains = "bob", .organization_id = "org"}), ElementsAre("bob"));
  EXPECT_THAT(ids({.user_role = "' OR 1=1 --"}), ElementsAre());
}

TEST_P(UsersTest, PagesAreWholeAndOrdered) {
  for (int i = 0; i < 23; ++i) {
    account::User made = user("u" + std::to_string(100 + i));
    made.spent.spend.value = i % 3;
    if (i % 2 == 0) made.limits.max_budget = base::NanoUsd{i % 5};
    ASSERT_EQ(trouble(store_->create_user(made)), "");
  }
  for (const ports::UserSort by : {ports::UserSort::kCreatedAt, ports::UserSort::kSpend, ports::UserSort::kMaxBudget}) {
    for (const bool descending : {false, true}) {
      std::vector<account::User> all;
      for (std::int64_t page = 1; page <= 4; ++page) {
        const auto listing = store_->list_users({}, {.number = page, .size = 7}, {.by = by, .descending = descending});
        ASSERT_TRUE(listing) << trouble(listing);
        EXPECT_EQ(listing->total, 23);
        EXPECT_EQ(listing->rows.size(), page < 4 ? 7U : 2U);
        all.insert(all.end(), listing->rows.begin(), listing->rows.end());
      }
      const auto rank = [&](const account::User& u) {
        if (by == ports::UserSort::kCreatedAt) return u.stamp.created_at.time_since_epoch().count();
        if (by == ports::UserSort::kSpend) return u.spent.spend.value;
        return u.limits.max_budget ? u.limits.max_budget->value : std::int64_t{-1};  // no limit sorts first
      };
      EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [&](const auto& a, const auto& b) {
        const auto left = std::pair(rank(a), a.user_id);
        const auto right = std::pair(rank(b), b.user_id);
        return descending ? right < left : left < right;
      }));
    }
  }
  const auto beyond = store_->list_users({}, {.number = 5, .size = 7}, {});
  EXPECT_EQ(beyond->total, 23);
  EXPECT_TRUE(beyond->rows.empty());
  EXPECT_EQ(code(store_->list_users({}, {.number = 0, .size = 7}, {})), ErrorCode::kBadRequest);
  EXPECT_EQ(code(store_->list_users({}, {.number = 1, .size = 0}, {})), ErrorCode::kBadRequest);
  EXPECT_EQ(code(store_->list_users({}, {.number = 1, .size = 1'000'000}, {})), ErrorCode::kBadRequest);
}

TEST_P(UsersTest, CountsLivingKeys) {
  ASSERT_EQ(trouble(store_->create_key(key("k1", "a"))), "");
  ASSERT_EQ(trouble(store_->create_key(key("k2", "a"))), "");
  ASSERT_EQ(trouble(store_->create_key(key("k3", "b"))), "");
  ASSERT_EQ(trouble(store_->create_key(key("k4", "c"))), "");
  ASSERT_TRUE(store_->delete_keys({"k4"}, {.at = at(1), .by = "x"}));
  EXPECT_THAT(store_->count_keys({"a", "b", "c", "d"}).value(), UnorderedElementsAre(Pair("a", 2), Pair("b", 1)));
}

TEST_P(UsersTest, TooManyIdsAreRefusedAndManyAreTaken) {
  std::vector<std::string> many(10'000, "x");
  ASSERT_EQ(trouble(store_->create_user(user("x"))), "");
  EXPECT_THAT(ids({.user_ids = many}), ElementsAre("x"));
  many.push_back("x");
  EXPECT_EQ(code(store_->list_users({.user_ids = many}, {}, {})), ErrorCode::kBadRequest);
}

}  // namespace
}  // namespace stargate::store
