// The fixture of the conformance suite: an empty, migrated database of either engine, and stores over it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/database_url.h"
#include "store/migrate.h"
#include "store/sql_store.h"
#include "tests/support/postgres/postgres_server.h"

namespace stargate::testing {

namespace account = policy::account;

// The one server of this test program; begun by the first test that wants it.
inline PostgresServer& postgres() {
  static PostgresServer server;
  return server;
}

// Microseconds after an arbitrary moment of 2026.
inline account::Instant at(std::int64_t microseconds) {
  return account::Instant(std::chrono::microseconds(1'780'000'000'000'000 + microseconds));
}

class StoreTest : public ::testing::TestWithParam<store::Engine> {
 protected:
  void SetUp() override {
    if (is_postgres()) {
      if (!postgres().trouble().empty()) {
        // A person may be without a server; an automated run that passes without one would prove nothing.
        if (std::getenv("CI") != nullptr) FAIL() << postgres().trouble();
        GTEST_SKIP() << postgres().trouble();
      }
      database_ = postgres().make_database();
      url_text_ = postgres().url(database_);
    } else {
      std::string folder = (std::filesystem::temp_directory_path() / "stargate-store-XXXXXX").string();
      ASSERT_NE(mkdtemp(folder.data()), nullptr);
      folder_ = folder;
      url_text_ = "sqlite://" + (folder_ / "stargate.db").string();
    }
    settings_.statement_time_max = std::chrono::seconds(30);
    settings_.busy_time_max = std::chrono::seconds(20);
    settings_.reconnect_pause = std::chrono::milliseconds(0);
    auto url = store::DatabaseUrl::parse(url_text_);
    ASSERT_TRUE(url) << url.error().message;
    url_ = std::move(*url);
    auto connection = connect();
    auto migrated = store::migrate(*connection);
    ASSERT_TRUE(migrated) << migrated.error().message;
    store_ = another();
  }

  void TearDown() override {
    store_.reset();
    std::error_code error;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
  }

  static account::Instant at(std::int64_t microseconds) { return testing::at(microseconds); }
  [[nodiscard]] static bool is_postgres() { return GetParam() == store::Engine::kPostgres; }

  // A second gateway's view of the same database.
  std::unique_ptr<ports::Store> another() { return store::make_store(url_, settings_); }

  // Past the store, for what it must notice.
  std::unique_ptr<store::Connection> connect() {
    auto connection = store::opener(url_, settings_)();
    EXPECT_TRUE(connection) << connection.error().message;
    return connection ? std::move(*connection) : nullptr;
  }
  void execute(const std::string& sql) {
    const auto done = connect()->run_script(sql);
    EXPECT_TRUE(done) << done.error().message;
  }

  account::User user(const std::string& id) {
    account::User user;
    user.user_id = id;
    user.stamp = stamp();
    return user;
  }
  account::Team team(const std::string& id) {
    account::Team team;
    team.team_id = id;
    team.stamp = stamp();
    return team;
  }
  account::TeamMembership member(const std::string& team_id, const std::string& user_id) {
    account::TeamMembership member;
    member.team_id = team_id;
    member.user_id = user_id;
    member.stamp = stamp();
    return member;
  }
  account::Key key(const std::string& hash, const std::string& user_id = "", const std::string& team_id = "") {
    account::Key key;
    key.key_hash = hash;
    key.user_id = user_id;
    key.team_id = team_id;
    key.stamp = stamp();
    return key;
  }
  account::SpendRow row(const std::string& id, std::int64_t spend_nano) {
    account::SpendRow row;
    row.request_id = id;
    row.spend.value = spend_nano;
    row.start_time = at(++made_ * 1000);
    row.end_time = row.start_time + std::chrono::milliseconds(900);
    row.held_at = row.end_time;
    return row;
  }
  account::Stamp stamp() {
    const account::Instant now = at(++made_);
    return {.created_at = now, .created_by = "admin", .updated_at = now, .updated_by = "admin", .version = 1};
  }

  template <class T>
  static std::string trouble(const Result<T>& result) {
    return result ? std::string() : std::string(base::name_of(result.error().code)) + " " + result.error().message;
  }
  template <class T>
  static ErrorCode code(const Result<T>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::kCancelled : result.error().code;
  }
  template <class T>
  static std::string param(const Result<T>& result) {
    return result ? std::string("no error") : result.error().param;
  }

  store::Settings settings_;
  std::string url_text_;
  std::string database_;
  std::filesystem::path folder_;
  store::DatabaseUrl url_;
  std::unique_ptr<ports::Store> store_;
  std::atomic<std::int64_t> made_ = 0;  // jobs of a pool make entities, too
};

inline std::string engine_name(const ::testing::TestParamInfo<store::Engine>& info) {
  return info.param == store::Engine::kPostgres ? "Postgres" : "Sqlite";
}

#define STARGATE_ON_BOTH_ENGINES(suite)                                                                             \
  INSTANTIATE_TEST_SUITE_P(Engines, suite,                                                                          \
                           ::testing::Values(stargate::store::Engine::kSqlite, stargate::store::Engine::kPostgres), \
                           stargate::testing::engine_name)

}  // namespace stargate::testing
