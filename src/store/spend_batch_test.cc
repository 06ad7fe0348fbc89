#include "store/spend_batch.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <thread>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

using account::Scope;
using account::ScopeKind;
using ::testing::ElementsAre;

class SpendTest : public stargate::testing::StoreTest {
 protected:
  Scope scope(ScopeKind kind, const std::string& id, const std::string& user_id = "", const std::string& model = "") {
    return {.kind = kind, .id = id, .user_id = user_id, .model = model};
  }
  std::int64_t spent(const Scope& of) {
    const auto found = store_->find_spent(of);
    EXPECT_TRUE(found) << trouble(found);
    return found ? found->spend.value : -1;
  }
  void make_people() {
    ASSERT_EQ(trouble(store_->create_key(key("k1", "ann", "t1"))), "");
    ASSERT_EQ(trouble(store_->create_key(key("k2", "bob"))), "");
    ASSERT_EQ(trouble(store_->create_user(user("ann"))), "");
    ASSERT_EQ(trouble(store_->create_user(user("bob"))), "");
    ASSERT_EQ(trouble(store_->create_team(team("t1"))), "");
    ASSERT_EQ(trouble(store_->add_member(member("t1", "ann"))), "");
    account::Customer customer;
    customer.customer_id = "cust";
    ASSERT_EQ(trouble(store_->create_customer(customer)), "");
    account::Organization organization;
    organization.organization_id = "org";
    ASSERT_EQ(trouble(store_->create_organization(organization)), "");
  }
  account::SpendRow full_row(const std::string& id, std::int64_t spend) {
    account::SpendRow made = row(id, spend);
    made.key_hash = "k1";
    made.user_id = "ann";
    made.team_id = "t1";
    made.organization_id = "org";
    made.customer_id = "cust";
    made.model_group = "claude";
    made.tags = {"blue", "green"};
    made.tokens = {.prompt = 100,
                   .completion = 20,
                   .total = 120,
                   .cache_read = 5,
                   .cache_write_5m = 2,
                   .cache_write_1h = 1,
                   .reasoning = 4};
    return made;
  }
};
STARGATE_ON_BOTH_ENGINES(SpendTest);

TEST_P(SpendTest, WhatGoesInComesOut) {
  account::SpendRow made = full_row("chatcmpl-'\"1", 123);
  made.call_type = "anthropic_messages";
  made.endpoint = "/v1/messages";
  made.key_alias = "laptop";
  made.session_id = "s";
  made.agent_id = "a";
  made.model = "anthropic.claude";
  made.model_id = "dep-1";
  made.provider = "bedrock";
  made.api_base = "https://bedrock";
  made.requester_ip = "::1";
  made.user_agent = "curl \"quoted\" \\ {x,y} NULL";
  made.cache_hit = "False";
  made.cache_key = "Cache OFF";
  made.mcp_tool = "tool";
  made.status = "failure";
  made.error_code = "429";
  made.error_class = "RateLimitError";
  made.error_message = "line one\nline two\t{\"a\":\"b\"}";
  made.completion_start_time = at(5);
  made.estimated = true;
  made.hold.value = 1000;
  made.clamp_tokens = 4096;
  made.attempts = R"([{"deployment":"d","status":500}])";
  made.metadata = R"({"x":"日本"})";
  made.messages = R"([{"role":"user"}])";
  made.response = R"({"id":1})";
  made.proxy_request = R"({"r":1})";
  made.instance_id = "gw-1";
  account::SpendRow plain = row("plain", 0);
  const auto inserted = store_->insert_spend({made, plain});
  ASSERT_TRUE(inserted) << trouble(inserted);
  EXPECT_EQ(inserted->rows, 2);
  EXPECT_EQ(store_->find_spend(made.request_id).value(), made);
  EXPECT_EQ(store_->find_spend("plain").value(), plain);
  EXPECT_EQ(code(store_->find_spend("x")), ErrorCode::kNotFound);
  EXPECT_EQ(store_->insert_spend({})->rows, 0);
}

TEST_P(SpendTest, EveryFigureMovesOnce) {
  make_people();
  const std::vector<account::SpendRow> rows = {full_row("r1", 100), full_row("r2", 50)};
  ASSERT_TRUE(store_->insert_spend(rows));
  // The same again, as after a crash between the database's commit and the journal's note of it; one row is new.
  const auto again = another()->insert_spend({rows[0], rows[1], full_row("r3", 7), full_row("r3", 7)});
  ASSERT_TRUE(again) << trouble(again);
  EXPECT_EQ(again->rows, 1);
  EXPECT_EQ(again->duplicates, 3);
  for (const Scope& of : {scope(ScopeKind::kKey, "k1"), scope(ScopeKind::kUser, "ann"), scope(ScopeKind::kTeam, "t1"),
                          scope(ScopeKind::kMember, "t1", "ann"), scope(ScopeKind::kCustomer, "cust"),
                          scope(ScopeKind::kOrganization, "org"), scope(ScopeKind::kKey, "k1", "", "claude"),
                          scope(ScopeKind::kUser, "ann", "", "claude"), scope(ScopeKind::kTeam, "t1", "", "claude"),
                          scope(ScopeKind::kTag, "blue"), scope(ScopeKind::kTag, "green"), Scope()}) {
    EXPECT_EQ(spent(of), 157) << name_of(of.kind) << of.id << of.model;
  }
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k2")), 0);
  EXPECT_EQ(spent(scope(ScopeKind::kTag, "red")), 0) << "never charged";
  EXPECT_EQ(code(store_->find_spent(scope(ScopeKind::kKey, "nobody"))), ErrorCode::kNotFound);
  const auto sums = store_->sum_daily({}, {}, ports::DailySort::kDimensions, 10);
  ASSERT_TRUE(sums) << trouble(sums);
  ASSERT_EQ(sums->size(), 1U);
  EXPECT_EQ(sums->front().metrics.spend.value, 157);
  EXPECT_EQ(sums->front().metrics.requests, 3);
  EXPECT_EQ(sums->front().metrics.prompt_tokens, 300);
  EXPECT_EQ(sums->front().metrics.cache_write_tokens, 9);
  const auto meters = store_->list_meters(ScopeKind::kUser, "ann", 10);
  ASSERT_EQ(meters->size(), 1U);
  EXPECT_EQ(meters->front().scope.model, "claude");
  EXPECT_EQ(store_->list_meters(ScopeKind::kTag, "", 10)->size(), 2U);
  EXPECT_EQ(store_->list_meters(ScopeKind::kTag, "", 1)->size(), 1U);
}

TEST_P(SpendTest, SpendOfThingsThatAreGoneIsKeptInRows) {
  const auto inserted = store_->insert_spend({full_row("r1", 5)});
  ASSERT_TRUE(inserted) << trouble(inserted);
  EXPECT_EQ(inserted->rows, 1);
  EXPECT_EQ(spent(Scope()), 5);
}

TEST_P(SpendTest, SpendOfAReplacedKeyCountsOnTheNewOne) {
  make_people();
  ASSERT_TRUE(store_->insert_spend({full_row("r1", 100)}));
  ASSERT_EQ(trouble(store_->replace_key("k1", key("k9", "ann", "t1"), at(0))), "");
  ASSERT_TRUE(store_->insert_spend({full_row("r2", 11)})) << "was in flight";
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k9")), 111);
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k9", "", "claude")), 111);
  EXPECT_EQ(store_->find_spend("r2")->key_hash, "k1") << "a row stays as it was written";
}

TEST_P(SpendTest, AWindowCountsWhatWasSettledInIt) {
  make_people();
  account::User ann = store_->find_user("ann").value();
  ann.limits.budget_duration = "1d";
  ann.limits.budget_reset_at = at(1'000'000);
  ASSERT_TRUE(store_->update_user(ann));
  const auto settled = [&](const std::string& id, std::int64_t spend, std::int64_t time) {
    account::SpendRow made = full_row(id, spend);
    made.held_at = at(time);
    return made;
  };
  ASSERT_TRUE(store_->insert_spend({settled("r1", 100, 500'000)}));

  auto due = store_->due_resets(at(999'999), 10);
  ASSERT_TRUE(due) << trouble(due);
  EXPECT_TRUE(due->empty());
  due = store_->due_resets(at(1'000'000), 10);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_EQ(due->front().scope, scope(ScopeKind::kUser, "ann"));
  EXPECT_EQ(due->front().budget_duration, "1d");
  EXPECT_EQ(due->front().reset_at, at(1'000'000));

  const account::User read_before = store_->find_user("ann").value();
  EXPECT_EQ(store_->reset_spend(scope(ScopeKind::kUser, "ann"), at(1'000'000), at(2'000'000)), true);
  EXPECT_EQ(another()->reset_spend(scope(ScopeKind::kUser, "ann"), at(1'000'000), at(2'000'000)), false)
      << "another gateway did it";
  EXPECT_EQ(param(store_->update_user(read_before)), "version") << "would bring the old reset time back";
  EXPECT_EQ(spent(scope(ScopeKind::kUser, "ann")), 0);
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k1")), 100) << "has a window of its own";
  EXPECT_EQ(store_->find_user("ann")->limits.budget_reset_at, at(2'000'000));

  // One row that the journal kept from before the reset, one from behind it, in one batch.
  ASSERT_TRUE(store_->insert_spend({settled("r2", 10, 999'999), settled("r3", 1, 1'000'000)}));
  EXPECT_EQ(spent(scope(ScopeKind::kUser, "ann")), 1);
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k1")), 111);

  const Scope meter = scope(ScopeKind::kUser, "ann", "", "claude");
  EXPECT_EQ(store_->reset_spend(meter, at(1'500'000), std::nullopt), true);
  EXPECT_EQ(store_->reset_spend(meter, at(1'500'000), std::nullopt), false);
  ASSERT_TRUE(store_->insert_spend({settled("r4", 3, 1'499'999), settled("r5", 4, 1'500'001)}));
  EXPECT_EQ(spent(meter), 4);
  EXPECT_EQ(code(store_->reset_spend(scope(ScopeKind::kTeam, "no"), at(1), std::nullopt)), ErrorCode::kNotFound);
}

TEST_P(SpendTest, SettingASpend) {
  make_people();
  ASSERT_EQ(trouble(store_->set_spend(scope(ScopeKind::kKey, "k1"), {42}, {.at = at(1), .by = "x"})), "");
  ASSERT_EQ(trouble(store_->set_spend(scope(ScopeKind::kTag, "blue"), {43}, {.at = at(1), .by = "x"})), "");
  ASSERT_TRUE(store_->insert_spend({full_row("r1", 1)}));
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k1")), 43);
  EXPECT_EQ(spent(scope(ScopeKind::kTag, "blue")), 44);
  EXPECT_EQ(code(store_->set_spend(scope(ScopeKind::kUser, "no"), {1}, {})), ErrorCode::kNotFound);
}

// Whatever batches come, in whatever order and how often: the spend of an entity is the sum of its rows.
TEST_P(SpendTest, SumsOfSpendAreSumsOfRows) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(trouble(store_->create_key(key("k" + std::to_string(i)))), "");
    ASSERT_EQ(trouble(store_->create_user(user("u" + std::to_string(i)))), "");
    ASSERT_EQ(trouble(store_->create_team(team("t" + std::to_string(i)))), "");
  }
  std::vector<account::SpendRow> rows;
  for (int i = 0; i < 300; ++i) {
    account::SpendRow made = row("r" + std::to_string(i), pick(1'000'000'000));
    made.key_hash = "k" + std::to_string(pick(4));
    made.user_id = "u" + std::to_string(pick(5));  // u4 is not there
    if (pick(2) == 0) made.team_id = "t" + std::to_string(pick(4));
    made.model_group = "m" + std::to_string(pick(3));
    made.start_time = at(std::int64_t{pick(10)} * 86'400'000'000);
    rows.push_back(std::move(made));
  }
  std::map<Scope, std::int64_t> expected;
  for (const account::SpendRow& each : rows) {
    for (const Scope& of : scopes_of(each)) expected[of] += each.spend.value;
  }
  const auto second = another();
  for (int i = 0; i < 40; ++i) {
    std::vector<account::SpendRow> batch;
    for (int j = pick(40); j >= 0; --j) batch.push_back(rows[static_cast<std::size_t>(pick(300))]);
    ASSERT_TRUE((i % 2 == 0 ? store_ : second)->insert_spend(batch));
  }
  ASSERT_TRUE(store_->insert_spend(rows));
  for (const auto& [of, amount] : expected) {
    const auto found = store_->find_spent(of);
    if (!found) {
      EXPECT_TRUE(of.id == "u4" || of.kind == ScopeKind::kMember) << trouble(found);
    } else {
      EXPECT_EQ(found->spend.value, amount) << name_of(of.kind) << " " << of.id << " " << of.model;
    }
  }
  const auto outcome = connect()->run(
      "SELECT (SELECT CAST(sum(spend) AS BIGINT) FROM sg_spend), (SELECT CAST(sum(spend) AS BIGINT) FROM sg_daily "
      "WHERE kind = 'user'), (SELECT spend FROM sg_meter WHERE kind = 'global')",
      {});
  ASSERT_TRUE(outcome) << trouble(outcome);
  EXPECT_EQ(integer_of(outcome->rows[0][0]), expected[Scope()]);
  EXPECT_EQ(integer_of(outcome->rows[0][1]), expected[Scope()]);
  EXPECT_EQ(integer_of(outcome->rows[0][2]), expected[Scope()]);
}

TEST_P(SpendTest, ABatchThatFailsLeavesNothing) {
  make_people();
  execute("ALTER TABLE sg_meter RENAME TO elsewhere");
  EXPECT_EQ(code(store_->insert_spend({full_row("r1", 5)})), ErrorCode::kInternal);
  execute("ALTER TABLE elsewhere RENAME TO sg_meter");
  EXPECT_EQ(code(store_->find_spend("r1")), ErrorCode::kNotFound);
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k1")), 0);
  const auto again = store_->insert_spend({full_row("r1", 5)});
  ASSERT_TRUE(again) << trouble(again);
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k1")), 5);
}

TEST_P(SpendTest, OddTextDoesNotKeepABatchOut) {
  account::SpendRow odd = row(std::string("id\0\xFF", 4), 5);
  odd.user_agent = "\xC0\x80 \xED\xA0\x80 end";
  const auto inserted = store_->insert_spend({odd, row("r2", 1)});
  ASSERT_TRUE(inserted) << trouble(inserted);
  EXPECT_EQ(inserted->rows, 2);
  EXPECT_EQ(spent(Scope()), 6);
  EXPECT_EQ(store_->insert_spend({odd})->duplicates, 1);
}

TEST_P(SpendTest, Lists) {
  std::vector<account::SpendRow> rows;
  for (int i = 0; i < 10; ++i) {
    account::SpendRow made = row("r" + std::to_string(i), (i * 7) % 10);
    made.key_hash = i % 2 == 0 ? "even" : "odd";
    made.user_id = "u" + std::to_string(i % 3);
    made.session_id = i < 5 ? "early" : "late";
    made.model_group = "claude";
    made.tokens.total = 100 - i;
    made.start_time = at(std::int64_t{i / 2} * 1'000'000);
    if (i == 3) made.status = "failure", made.error_code = "500", made.error_message = "It BROKE";
    rows.push_back(made);
  }
  ASSERT_TRUE(store_->insert_spend(rows));
  const auto ids = [&](const ports::SpendFilter& filter, ports::SpendSort by = ports::SpendSort::kStartTime,
                       bool descending = false) {
    const auto listing = store_->list_spend(filter, {.number = 1, .size = 3}, {.by = by, .descending = descending});
    EXPECT_TRUE(listing) << trouble(listing);
    std::vector<std::string> out = {std::to_string(listing->total)};
    for (const account::SpendRow& each : listing->rows) out.push_back(each.request_id);
    return out;
  };
  EXPECT_THAT(ids({}), ElementsAre("10", "r0", "r1", "r2"));
  EXPECT_THAT(ids({}, ports::SpendSort::kSpend, true), ElementsAre("10", "r7", "r4", "r1"));
  EXPECT_THAT(ids({}, ports::SpendSort::kTotalTokens), ElementsAre("10", "r9", "r8", "r7"));
  EXPECT_THAT(ids({.from = at(1'000'000), .until = at(2'000'000)}), ElementsAre("2", "r2", "r3"));
  EXPECT_THAT(ids({.key_hashes = {"odd"}, .user_ids = {"u0", "u1"}}), ElementsAre("4", "r1", "r3", "r7"));
  EXPECT_THAT(ids({.status = "failure", .error_code = "500", .error_contains = "broke"}), ElementsAre("1", "r3"));
  EXPECT_THAT(ids({.session_id = "late", .spend_min = base::NanoUsd{5}, .spend_max = base::NanoUsd{6}}),
              ElementsAre("2", "r5", "r8"));

  std::vector<std::string> walked;
  ports::SpendCursor cursor;
  for (;;) {
    const auto some = store_->walk_spend({.model_group = "claude"}, cursor, 4);
    ASSERT_TRUE(some) << trouble(some);
    if (some->empty()) break;
    for (const account::SpendRow& each : *some) walked.push_back(each.request_id);
    cursor = {.start_time = some->back().start_time, .request_id = some->back().request_id};
  }
  EXPECT_THAT(walked, ElementsAre("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"));

  EXPECT_EQ(store_->delete_spend_before(at(2'000'000), 3), 3);
  EXPECT_EQ(store_->delete_spend_before(at(2'000'000), 3), 1);
  EXPECT_EQ(store_->delete_spend_before(at(2'000'000), 3), 0);
  EXPECT_EQ(ids({})[0], "6");
  EXPECT_EQ(spent(Scope()), 45) << "what was spent stays spent";
}

// Several gateways flush, an administrator edits, deletes and replaces: nobody waits for ever, and no money is lost.
TEST_P(SpendTest, FlushesAndEditsAtOnce) {
  constexpr int kFlushers = 3;
  constexpr int kBatches = 12;
  constexpr int kRows = 40;
  make_people();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(trouble(store_->create_user(user("u" + std::to_string(i)))), "");
  std::vector<std::vector<account::SpendRow>> batches;
  for (int i = 0; i < kFlushers * kBatches; ++i) {
    auto& batch = batches.emplace_back();
    for (int j = 0; j < kRows; ++j) {
      // Every other batch is the same as the one before it, sent by another gateway.
      batch.push_back(full_row("r" + std::to_string(i / 2) + "-" + std::to_string(j), 1));
      batch.back().user_id = "u" + std::to_string((i * 7 + j * 3) % 20);
    }
  }
  std::vector<std::string> troubles(kFlushers + 1);
  std::vector<std::thread> threads;
  for (int f = 0; f < kFlushers; ++f) {
    threads.emplace_back([&, f, store = std::shared_ptr<ports::Store>(another())] {
      for (int i = 0; i < kBatches; ++i) {
        const auto inserted = store->insert_spend(batches[static_cast<std::size_t>(i * kFlushers + f)]);
        if (!inserted) troubles[static_cast<std::size_t>(f)] = trouble(inserted);
      }
    });
  }
  threads.emplace_back([&, store = std::shared_ptr<ports::Store>(another())] {
    for (int i = 0; i < 20; ++i) {
      const std::string id = "u" + std::to_string(i);
      const auto blocked = store->set_blocked(ScopeKind::kUser, id, true, {.at = at(1), .by = "x"});
      if (!blocked) troubles.back() = trouble(blocked);
      if (i % 5 == 0) {
        const auto deleted = store->delete_users({id}, {.at = at(i), .by = "x"});
        if (!deleted) troubles.back() = trouble(deleted);
      }
      account::Key next = key("k1-" + std::to_string(i), "ann", "t1");
      const auto replaced = store->replace_key(i == 0 ? "k1" : "k1-" + std::to_string(i - 1), next, at(0));
      if (!replaced) troubles.back() = trouble(replaced);
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(troubles, ::testing::Each(""));
  constexpr std::int64_t kTotal = kFlushers * kBatches / 2 * kRows;
  EXPECT_EQ(spent(Scope()), kTotal);
  EXPECT_EQ(spent(scope(ScopeKind::kTeam, "t1")), kTotal);
  EXPECT_EQ(spent(scope(ScopeKind::kKey, "k1-19")), kTotal) << "twenty times replaced";
}

TEST_P(SpendTest, SumsOverRows) {
  const auto add = [&](const std::string& id, const std::string& session, std::int64_t spend, const char* status) {
    account::SpendRow made = full_row(id, spend);
    made.session_id = session;
    made.status = status;
    ASSERT_TRUE(store_->insert_spend({made}));
  };
  add("r1", "s1", 1, "success");
  add("r2", "s2", 5, "success");
  add("r3", "s1", 2, "failure");
  const auto sums = store_->sum_spend({}, ports::SpendDimension::kSession, 10);
  ASSERT_TRUE(sums) << trouble(sums);
  ASSERT_EQ(sums->size(), 2U);
  EXPECT_EQ(sums->at(0).name, "s2");
  EXPECT_EQ(sums->at(1).metrics.spend.value, 3);
  EXPECT_EQ(sums->at(1).metrics.requests, 2);
  EXPECT_EQ(sums->at(1).metrics.failed_requests, 1);
  EXPECT_EQ(sums->at(1).metrics.successful_requests, 1);
  EXPECT_EQ(sums->at(1).metrics.cache_write_tokens, 6);
  EXPECT_EQ(sums->at(1).first, store_->find_spend("r1")->start_time);
  EXPECT_EQ(sums->at(1).last, store_->find_spend("r3")->start_time);
  EXPECT_EQ(store_->sum_spend({.status = "failure"}, ports::SpendDimension::kModelGroup, 1)->front().name, "claude");
  EXPECT_TRUE(store_->sum_spend({.session_id = "s3"}, ports::SpendDimension::kUser, 1)->empty());
}

TEST_P(SpendTest, DailyActivity) {
  const auto add = [&](const std::string& id, int day, const std::string& user_id, const std::string& model,
                       std::int64_t spend) {
    account::SpendRow made = row(id, spend);
    made.start_time = at(0) + std::chrono::days(day);
    made.user_id = user_id;
    made.team_id = "t";
    made.key_hash = "k-" + user_id;
    made.model = model;
    made.provider = "bedrock";
    made.tags = {"x"};
    ASSERT_TRUE(store_->insert_spend({made}));
  };
  add("r1", 0, "ann", "haiku", 1);
  add("r2", 0, "ann", "haiku", 2);
  add("r3", 0, "bob", "opus", 10);
  add("r4", 1, "ann", "opus", 20);
  const account::Day first = account::day_of(at(0));

  const auto listing = store_->list_daily({.entity_ids = {"ann"}}, {.number = 1, .size = 10});
  ASSERT_TRUE(listing) << trouble(listing);
  ASSERT_EQ(listing->total, 2);
  EXPECT_EQ(listing->rows[0].key.date, first + std::chrono::days(1)) << "newest first";
  EXPECT_EQ(listing->rows[1].metrics.spend.value, 3);
  EXPECT_EQ(listing->rows[1].metrics.requests, 2);
  EXPECT_EQ(listing->rows[1].key.model, "haiku");
  EXPECT_EQ(listing->rows[1].key.key_hash, "k-ann");
  EXPECT_EQ(store_->list_daily({.kind = account::DailyKind::kTeam}, {})->total, 3);
  EXPECT_EQ(store_->list_daily({.until = first, .model = "opus"}, {})->total, 1);
  EXPECT_EQ(store_->list_daily({.from = first + std::chrono::days(1)}, {})->total, 1);

  using ports::DailyDimension;
  const auto by_model = store_->sum_daily({}, {DailyDimension::kModel}, ports::DailySort::kSpendDescending, 10).value();
  ASSERT_EQ(by_model.size(), 2U);
  EXPECT_EQ(by_model[0].key.model, "opus");
  EXPECT_EQ(by_model[0].metrics.spend.value, 30);
  const auto by_day =
      store_
          ->sum_daily({.kind = account::DailyKind::kTag, .entity_ids = {"x"}},
                      {DailyDimension::kDate, DailyDimension::kEntity}, ports::DailySort::kDimensions, 1)
          .value();
  ASSERT_EQ(by_day.size(), 1U) << "no more than were asked for";
  EXPECT_EQ(by_day[0].key.date, first);
  EXPECT_EQ(by_day[0].metrics.spend.value, 13);
  EXPECT_EQ(
      store_->sum_daily({.entity_ids = {"nobody"}}, {}, ports::DailySort::kDimensions, 1)->front().metrics.spend.value,
      0);
}

}  // namespace
}  // namespace stargate::store
