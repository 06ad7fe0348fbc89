#include <gmock/gmock.h>

#include <thread>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

using ::testing::HasSubstr;

class AuditTest : public stargate::testing::StoreTest {
 protected:
  account::AuditEvent event(const std::string& object_id) {
    account::AuditEvent made;
    made.at = at(++made_);
    made.actor_user_id = "root";
    made.actor_role = "proxy_admin";
    made.actor_key_hash = "hash";
    made.changed_by = "Zoë";
    made.action = "updated";
    made.object_kind = "key";
    made.object_id = object_id;
    made.before = R"({"max_budget":null})";
    made.after = R"({"max_budget":1.5,"note":"'\""})";
    made.request_id = "req";
    return made;
  }
  // What `stargate audit verify` does, two events at a time.
  std::string verify() {
    account::AuditWalk walk;
    for (;;) {
      const auto events = store_->read_audit(walk.head().seq + 1, 2);
      if (!events) return trouble(events);
      if (events->empty()) return walk.finish(store_->audit_head().value()).value_or("");
      for (const account::AuditEvent& each : *events) {
        if (const auto wrong = walk.step(each)) return *wrong;
      }
    }
  }
};
STARGATE_ON_BOTH_ENGINES(AuditTest);

TEST_P(AuditTest, AChainThatVerifies) {
  EXPECT_EQ(verify(), "");
  for (int i = 1; i <= 5; ++i) {
    const auto written = store_->append_audit(event("k" + std::to_string(i)));
    ASSERT_TRUE(written) << trouble(written);
    EXPECT_EQ(written->seq, i);
    EXPECT_EQ(store_->read_audit(i, 1)->front(), *written);
  }
  EXPECT_EQ(verify(), "");
  const auto listing = store_->list_audit({.object_kind = "key", .object_id = "k3"}, {});
  ASSERT_TRUE(listing) << trouble(listing);
  ASSERT_EQ(listing->total, 1);
  EXPECT_EQ(listing->rows.front().seq, 3);
  EXPECT_EQ(store_->list_audit({.from = at(4)}, {.number = 1, .size = 1})->rows.front().seq, 5) << "newest first";
}

TEST_P(AuditTest, TamperingShows) {
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(store_->append_audit(event("k")));
  execute("UPDATE sg_audit SET after_json = 'null' WHERE seq = 2");
  EXPECT_THAT(verify(), HasSubstr("event 2 was changed"));
  execute("DELETE FROM sg_audit WHERE seq = 2");
  EXPECT_THAT(verify(), HasSubstr("event 2 is missing"));
}

TEST_P(AuditTest, ACutTailShows) {
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(store_->append_audit(event("k")));
  execute("DELETE FROM sg_audit WHERE seq = 4");
  EXPECT_THAT(verify(), HasSubstr("ends at event 3, but 4 were written"));
}

TEST_P(AuditTest, WritersAtOnceMakeOneChain) {
  constexpr int kWriters = 4;
  constexpr int kEvents = 10;
  std::vector<std::thread> writers;
  std::vector<std::string> troubles(kWriters);
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w, store = std::shared_ptr<ports::Store>(another())] {
      for (int i = 0; i < kEvents; ++i) {
        account::AuditEvent made;
        made.object_id = std::to_string(w);
        const auto written = store->append_audit(made);
        if (!written) troubles[static_cast<std::size_t>(w)] = trouble(written);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_THAT(troubles, ::testing::Each(""));
  EXPECT_EQ(verify(), "");
  EXPECT_EQ(store_->audit_head()->seq, kWriters * kEvents);
}

TEST_P(AuditTest, ChangeAndEventGoTogether) {
  ASSERT_EQ(trouble(store_->create_user(user("u"))), "");
  const auto change = [&](bool fail) {
    return store_->atomically([&]() -> Result<void> {
      auto read = store_->find_user("u");
      if (!read) return std::unexpected(read.error());
      read->user_alias += "x";
      if (auto done = store_->update_user(*read); !done) return std::unexpected(done.error());
      if (auto done = store_->append_audit(event("u")); !done) return std::unexpected(done.error());
      if (fail) return base::fail(ErrorCode::kForbidden, "changed my mind");
      return {};
    });
  };
  EXPECT_EQ(trouble(change(false)), "");
  EXPECT_EQ(code(change(true)), ErrorCode::kForbidden);
  EXPECT_EQ(store_->find_user("u")->user_alias, "x");
  EXPECT_EQ(store_->audit_head()->seq, 1);
  EXPECT_EQ(verify(), "");
}

// A failed statement spoils the transaction, also when the work goes on as if nothing were.
TEST_P(AuditTest, AnErrorThatIsSwallowedDoesNotCommit) {
  ASSERT_EQ(trouble(store_->create_user(user("u"))), "");
  const auto done = store_->atomically([&]() -> Result<void> {
    (void)store_->create_user(user("v"));
    (void)store_->create_user(user("u"));
    return {};
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(code(store_->find_user("v")), ErrorCode::kNotFound);
  EXPECT_EQ(trouble(store_->create_user(user("v"))), "");
}

}  // namespace
}  // namespace stargate::store
