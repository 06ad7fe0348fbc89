#include "store/link.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <barrier>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

class LinkTest : public stargate::testing::StoreTest {
 protected:
  void TearDown() override {
    if (is_postgres()) stargate::testing::postgres().start();
    StoreTest::TearDown();
  }
  account::SpendRow fat_row(const std::string& id) {
    account::SpendRow made = row(id, 1);
    made.metadata = "\"";
    for (int i = 0; i < 100'000; ++i) made.metadata += static_cast<char>('a' + random_() % 26);  // not compressible
    made.metadata += "\"";
    return made;
  }

  bool limited_ = true;
  std::minstd_rand random_;  // always the same
};
STARGATE_ON_BOTH_ENGINES(LinkTest);

class ServerTest : public LinkTest {};
INSTANTIATE_TEST_SUITE_P(Engines, ServerTest, ::testing::Values(Engine::kPostgres), stargate::testing::engine_name);

class FileTest : public LinkTest {};
INSTANTIATE_TEST_SUITE_P(Engines, FileTest, ::testing::Values(Engine::kSqlite), stargate::testing::engine_name);

TEST_P(LinkTest, ConcurrentReadModifyWritesLoseNothing) {
  ASSERT_EQ(trouble(store_->create_user(user("u"))), "");
  constexpr int kWriters = 4;
  constexpr int kRounds = 10;
  settings_.attempts_max = 1000;  // the test wants every one of them to succeed in the end
  std::vector<std::string> troubles(kWriters);
  std::vector<std::thread> writers;
  std::barrier together(kWriters);
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w, store = std::shared_ptr<ports::Store>(another())] {
      for (int i = 0; i < kRounds; ++i) {
        together.arrive_and_wait();
        const auto done = store->atomically([&]() -> Result<void> {
          auto read = store->find_user("u");
          if (!read) return std::unexpected(read.error());
          read->user_alias += "x";
          if (auto updated = store->update_user(*read); !updated) return std::unexpected(updated.error());
          return {};
        });
        if (!done) troubles[static_cast<std::size_t>(w)] = trouble(done);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_THAT(troubles, Each(""));
  EXPECT_EQ(store_->find_user("u")->user_alias.size(), std::size_t{kWriters * kRounds});
}

TEST_P(LinkTest, InterruptionsAreRetriedSoOftenAndThenTold) {
  ASSERT_EQ(trouble(store_->create_user(user("u"))), "");
  settings_.attempts_max = 3;
  if (!is_postgres()) settings_.busy_time_max = std::chrono::milliseconds(1);
  const auto impatient = another();
  const auto rival = another();
  int runs = 0;
  const auto work = [&](bool always) {
    return impatient->atomically([&]() -> Result<void> {
      ++runs;
      auto mine = impatient->find_user("u");
      if (!mine) return std::unexpected(mine.error());
      // The rival commits between our reading and our writing. SQLite's lock keeps it out: there it is told to wait.
      if (always || runs == 1) {
        const auto theirs = rival->set_blocked(account::ScopeKind::kUser, "u", true, {.at = at(1), .by = "rival"});
        EXPECT_EQ(theirs.has_value(), is_postgres());
      }
      mine->user_alias = "mine";
      if (auto updated = impatient->update_user(*mine); !updated) return std::unexpected(updated.error());
      return {};
    });
  };
  EXPECT_EQ(trouble(work(false)), "");
  EXPECT_EQ(runs, is_postgres() ? 2 : 1);
  if (!is_postgres()) return;
  runs = 0;
  const auto given_up = work(true);
  EXPECT_EQ(code(given_up), ErrorCode::kUnavailable);
  EXPECT_EQ(given_up.error().retry, Retry::kYes);
  EXPECT_EQ(runs, 3);
}

TEST_P(LinkTest, AReadOnlyServerIsUnavailableForWritesAlone) {
  ASSERT_EQ(trouble(store_->create_user(user("u"))), "");
  const auto set_read_only = [&](const std::string& on) {
    stargate::testing::postgres().execute("postgres",
                                          "ALTER DATABASE " + database_ + " SET default_transaction_read_only = " + on);
  };
  SqlStore store(
      [&]() -> Result<std::unique_ptr<Connection>> {
        auto connection = opener(url_, settings_)();
        // Root may write any file; SQLite answers the same for a file that cannot be written.
        if (connection && !is_postgres()) {
          EXPECT_TRUE((*connection)->run_script("PRAGMA query_only = ON"));
        }
        return connection;
      },
      settings_);
  if (is_postgres()) set_read_only("on");
  EXPECT_TRUE(store.find_user("u"));
  const auto written = store.create_user(user("v"));
  EXPECT_EQ(code(written), ErrorCode::kUnavailable);
  EXPECT_THAT(written.error().message, HasSubstr("read-only"));
  EXPECT_EQ(written.error().type, "") << "a word for clients";
  EXPECT_TRUE(store.find_user("u"));
  if (!is_postgres()) return;
  // The failover is over: the same store goes on without being told.
  set_read_only("off");
  EXPECT_EQ(trouble(store.create_user(user("v"))), "");
}

TEST_P(FileTest, AFullDiskIsUnavailableAndNothingIsHalfWritten) {
  std::vector<account::SpendRow> rows;
  for (int i = 0; i < 20; ++i) rows.push_back(fat_row("r" + std::to_string(i)));
  // A limit of this connection: what the store would see when the disk had no page left.
  const Link::Open open = [this]() -> Result<std::unique_ptr<Connection>> {
    auto connection = opener(url_, settings_)();
    if (connection && limited_) {
      EXPECT_TRUE((*connection)->run_script("PRAGMA max_page_count = 200"));
    }
    return connection;
  };
  SqlStore limited(open, settings_);
  const auto full = limited.insert_spend(rows);
  EXPECT_EQ(code(full), ErrorCode::kUnavailable);
  EXPECT_THAT(full.error().message, HasSubstr("full"));
  EXPECT_EQ(limited.find_spent({})->spend.value, 0);
  EXPECT_EQ(code(limited.find_spend("r0")), ErrorCode::kNotFound);
  EXPECT_EQ(trouble(limited.create_user(user("small"))), "") << "what still fits is written";
  limited_ = false;
  SqlStore freed(open, settings_);
  EXPECT_EQ(freed.insert_spend(rows)->rows, 20) << "the same batch, when there is room again";
}

TEST_P(ServerTest, AFullDiskIsUnavailableAndNothingIsHalfWritten) {
  const std::string disk = stargate::testing::postgres().make_small_disk(std::size_t{4} * 1024 * 1024);
  if (disk.empty()) GTEST_SKIP() << "this machine does not let the test mount a small disk";
  const std::string space = "small_" + database_;
  stargate::testing::postgres().execute("postgres", "CREATE TABLESPACE " + space + " LOCATION '" + disk + "'");
  execute("ALTER TABLE sg_spend SET TABLESPACE " + space);
  std::vector<account::SpendRow> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(fat_row("r" + std::to_string(i)));
  const auto full = store_->insert_spend(rows);
  EXPECT_EQ(code(full), ErrorCode::kUnavailable);
  EXPECT_THAT(full.error().message, HasSubstr("full"));
  EXPECT_EQ(store_->find_spent({})->spend.value, 0);
  EXPECT_EQ(code(store_->find_spend("r0")), ErrorCode::kNotFound);
  EXPECT_EQ(trouble(store_->create_user(user("small"))), "") << "what still fits is written";
  execute("ALTER TABLE sg_spend SET TABLESPACE pg_default");
  const auto again = store_->insert_spend(rows);
  ASSERT_TRUE(again) << trouble(again);
  EXPECT_EQ(again->rows, 100) << "the same batch, when there is room again";
  stargate::testing::postgres().execute("postgres", "DROP TABLESPACE " + space);
}

TEST_P(ServerTest, ABrokenConnectionIsReplacedUnnoticed) {
  ASSERT_EQ(trouble(store_->create_user(user("u"))), "");
  const auto cut = [&] {
    stargate::testing::postgres().execute(
        "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database_ + "'");
  };
  cut();
  EXPECT_TRUE(store_->find_user("u")) << "a read";
  cut();
  EXPECT_EQ(trouble(store_->create_user(user("v"))), "") << "a transaction that had not begun";
  int runs = 0;
  const auto broken = store_->atomically([&]() -> Result<void> {
    if (auto made = store_->create_user(user("w")); !made) return made;
    if (++runs == 1) cut();
    return store_->create_user(user("x"));
  });
  EXPECT_EQ(code(broken), ErrorCode::kUnavailable) << "in the middle of one: told, not repeated";
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(code(store_->find_user("w")), ErrorCode::kNotFound);
  EXPECT_TRUE(store_->find_user("v"));

  // A read in the middle must not open a connection on which the rest would be written without a transaction.
  const auto half = store_->atomically([&]() -> Result<void> {
    cut();
    EXPECT_EQ(code(store_->find_user("v")), ErrorCode::kUnavailable);
    EXPECT_EQ(code(store_->find_user("v")), ErrorCode::kUnavailable);
    return store_->create_user(user("y"));
  });
  EXPECT_EQ(code(half), ErrorCode::kUnavailable);
  EXPECT_EQ(code(store_->find_user("y")), ErrorCode::kNotFound);
}

// Behind a pool like PgBouncer the next statement may run on another session.
TEST_P(ServerTest, WithoutPreparedStatements) {
  url_ = DatabaseUrl::parse(url_text_ + "&pgbouncer=true&connection_limit=3").value();
  const auto store = another();
  ASSERT_EQ(trouble(store->create_user(user("u'1"))), "");
  ASSERT_TRUE(store->find_user("u'1"));
  ASSERT_TRUE(store->insert_spend({row("r", 1)}));
  const auto connection = connect();
  ASSERT_TRUE(connection->run("SELECT count(*) FROM sg_user WHERE user_id = $1",
                              std::vector<Value>{to_value(std::string("x"))}));
  const auto prepared = connection->run("SELECT count(*) FROM pg_prepared_statements", {});
  ASSERT_TRUE(prepared) << trouble(prepared);
  EXPECT_EQ(integer_of(prepared->rows.at(0).at(0)), 0);
}

TEST_P(ServerTest, ASchemaOfItsOwn) {
  stargate::testing::postgres().execute(database_, "CREATE SCHEMA \"Odd name\"");
  url_.schema = "Odd name";
  ASSERT_TRUE(migrate(*connect()));
  const auto store = another();
  ASSERT_EQ(trouble(store->create_user(user("u"))), "");
  EXPECT_TRUE(store->find_user("u"));
  EXPECT_EQ(code(store_->find_user("u")), ErrorCode::kNotFound) << "the tables of the default schema";
}

TEST_P(ServerTest, AServerThatIsAwayIsUnavailableUntilItReturns) {
  ASSERT_EQ(trouble(store_->create_key(key("k"))), "");
  stargate::testing::postgres().stop();
  for (const auto& failed : {store_->key_by_hash("k", at(0)), another()->key_by_hash("k", at(0))}) {
    EXPECT_EQ(code(failed), ErrorCode::kUnavailable) << "not: no such key";
    EXPECT_EQ(failed.error().retry, Retry::kYes);
    EXPECT_EQ(base::http_status(failed.error().code), 503);
  }
  EXPECT_EQ(code(store_->insert_spend({row("r", 1)})), ErrorCode::kUnavailable);
  EXPECT_EQ(code(store_->ping()), ErrorCode::kUnavailable);
  stargate::testing::postgres().start();
  EXPECT_TRUE(store_->key_by_hash("k", at(0)));
  EXPECT_EQ(store_->insert_spend({row("r", 1)})->rows, 1);
  EXPECT_EQ(trouble(store_->ping()), "");
}

TEST_P(ServerTest, AServerThatDoesNotAnswerCostsItsTimeOnly) {
  ASSERT_EQ(trouble(store_->create_user(user("u"))), "");
  settings_.statement_time_max = std::chrono::milliseconds(200);
  const auto impatient = another();
  ASSERT_TRUE(impatient->find_user("u"));
  const auto rival = connect();
  ASSERT_TRUE(rival->begin(Isolation::kReadCommitted));
  ASSERT_TRUE(rival->run("UPDATE sg_user SET blocked = TRUE", {}));
  EXPECT_EQ(code(impatient->set_blocked(account::ScopeKind::kUser, "u", true, {})), ErrorCode::kUnavailable);
  rival->rollback();
  EXPECT_EQ(trouble(impatient->set_blocked(account::ScopeKind::kUser, "u", true, {})), "");
}

TEST_P(LinkTest, WrongAddressesSayWhatIsWrongButNoPassword) {
  const auto told = [&](const std::string& text) {
    const auto url = DatabaseUrl::parse(text);
    EXPECT_TRUE(url) << text;
    const auto result = make_store(*url, settings_)->ping();
    EXPECT_EQ(code(result), ErrorCode::kUnavailable);
    return result ? std::string() : result.error().message;
  };
  if (is_postgres()) {
    EXPECT_THAT(told(stargate::testing::postgres().url("nowhere")), HasSubstr("nowhere"));
    EXPECT_THAT(told("postgresql://u:s3cr3t@127.0.0.1:1/db"), Not(HasSubstr("s3cr3t")));
  } else {
    EXPECT_THAT(told("sqlite:///nowhere/at/all.db"), HasSubstr("cannot be used"));
    std::ofstream(folder_ / "text.db") << std::string(5000, 'x');
    EXPECT_THAT(told("sqlite://" + (folder_ / "text.db").string()), HasSubstr("cannot be used"));
  }
}

TEST_P(FileTest, TheFileIsItsOwnersAlone) {
  struct stat found{};
  ASSERT_EQ(stat(url_.path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

}  // namespace
}  // namespace stargate::store
