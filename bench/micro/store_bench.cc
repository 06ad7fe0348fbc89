// The database: spend rows with everything that moves along, and the one query that a cold key costs. Commits are
// durable (fsync); the servers are the bench's own.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "codec/hash.h"
#include "store/migrate.h"
#include "store/sql_store.h"
#include "tests/support/postgres/postgres_server.h"

namespace stargate::store {
namespace {

constexpr int kKeys = 1000;
constexpr int kUsers = 200;
constexpr int kTeams = 20;

std::string hash_of(int key) { return codec::hex(codec::sha256(fmt::format("sk-{}", key))); }

account::Instant now() { return policy::account::instant_of(std::chrono::system_clock::now()); }

// A database with people in it.
class Database {
 public:
  explicit Database(Engine engine) {
    std::string text;
    if (engine == Engine::kPostgres) {
      server_ = std::make_unique<testing::PostgresServer>(testing::Durability::kFull);
      if (server_->trouble().empty()) text = server_->url(server_->make_database());
    } else {
      folder_ = (std::filesystem::temp_directory_path() / "stargate-bench-XXXXXX").string();
      if (mkdtemp(folder_.data()) != nullptr) text = "sqlite://" + folder_ + "/stargate.db";
    }
    const auto url = DatabaseUrl::parse(text);
    if (!url) return;
    const auto connection = opener(*url, {})();
    if (!connection || !migrate(**connection)) return;
    store_ = make_store(*url, {});
    fill();
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    store_.reset();
    std::error_code error;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
  }

  ports::Store* store() { return store_.get(); }

 private:
  void fill() {
    const auto done = store_->atomically([this]() -> Result<void> {
      for (int i = 0; i < kKeys; ++i) {
        account::Key key;
        key.key_hash = hash_of(i);
        key.user_id = fmt::format("user-{}", i % kUsers);
        if (auto made = store_->create_key(key); !made) return made;
      }
      for (int i = 0; i < kUsers; ++i) {
        account::User user;
        user.user_id = fmt::format("user-{}", i);
        if (auto made = store_->create_user(user); !made) return made;
      }
      for (int i = 0; i < kTeams; ++i) {
        account::Team team;
        team.team_id = fmt::format("team-{}", i);
        if (auto made = store_->create_team(team); !made) return made;
      }
      return {};
    });
    if (!done) store_.reset();
  }

  std::unique_ptr<testing::PostgresServer> server_;
  std::string folder_;
  std::unique_ptr<ports::Store> store_;
};

Database& database(Engine engine) {
  static Database sqlite(Engine::kSqlite);
  static Database postgres(Engine::kPostgres);
  return engine == Engine::kPostgres ? postgres : sqlite;
}

// Of all keys, `active` are at work at a time.
account::SpendRow row_of(std::int64_t number, int active) {
  const auto phase = number / 100'000;
  const int key = static_cast<int>((phase * active + number * 7919 % active) % kKeys);
  account::SpendRow row;
  row.request_id = fmt::format("req-{}", codec::hex(codec::sha256(std::to_string(number))).substr(0, 24));
  row.call_type = "anthropic_messages";
  row.endpoint = "/v1/messages";
  row.key_hash = hash_of(key);
  row.key_alias = fmt::format("laptop-{}", key);
  row.user_id = fmt::format("user-{}", key % kUsers);
  row.team_id = fmt::format("team-{}", key % kTeams);
  row.session_id = fmt::format("1d2c3b4a-0000-4000-8000-{:012}", number / 40);
  row.model = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
  row.model_id = "9b1f0c77";
  row.model_group = number % 4 == 0 ? "claude-haiku-4-5" : "claude-sonnet-4-5";
  row.provider = "bedrock";
  row.api_base = "https://bedrock-runtime.us-east-1.amazonaws.com";
  row.requester_ip = "10.1.2.3";
  row.user_agent = "claude-cli/2.1.330 (external, cli)";
  row.spend.value = 1'234'567 + number % 1000;
  row.tokens = {.prompt = 60'000, .completion = 400, .total = 60'400, .cache_read = 58'000, .cache_write_5m = 1500};
  row.start_time = now();
  row.end_time = row.start_time + std::chrono::seconds(4);
  row.held_at = row.end_time;
  row.hold.value = 50'000'000;
  row.attempts = R"([{"deployment":"9b1f0c77","status":200,"spend":1234567}])";
  row.metadata = R"({"usage_object":{"input_tokens":500,"output_tokens":400},"cost_breakdown":{"input_cost":0.0012,)"
                 R"("output_cost":0.006,"total_cost":0.0072},"status":"success"})";
  row.instance_id = "gw-1";
  return row;
}

// Rows per second, sustained: the table grows while it is measured. Arguments: rows of a batch, keys at work.
void insert_spend(benchmark::State& state, Engine engine) {
  ports::Store* const store = database(engine).store();
  if (store == nullptr) return state.SkipWithError("no database");
  static std::int64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<account::SpendRow> rows;
    for (std::int64_t i = 0; i < state.range(0); ++i)
      rows.push_back(row_of(++number, static_cast<int>(state.range(1))));
    state.ResumeTiming();
    const auto inserted = store->insert_spend(rows);
    if (!inserted) return state.SkipWithError(inserted.error().message.c_str());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void batches(benchmark::internal::Benchmark* bench) {
  bench->Args({100, 100})
      ->Args({1000, 100})
      ->Args({5000, 100})
      ->Args({1000, 1000})
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(insert_spend, sqlite, Engine::kSqlite)->Apply(batches);
BENCHMARK_CAPTURE(insert_spend, postgres, Engine::kPostgres)->Apply(batches);

void key_by_hash(benchmark::State& state, Engine engine) {
  ports::Store* const store = database(engine).store();
  if (store == nullptr) return state.SkipWithError("no database");
  std::vector<std::string> hashes;
  for (int i = 0; i < kKeys; ++i) hashes.push_back(hash_of(i));
  std::size_t i = 0;
  for (auto _ : state) {
    const auto key = store->key_by_hash(hashes[++i % hashes.size()], account::Instant());
    if (!key) return state.SkipWithError(key.error().message.c_str());
  }
}
BENCHMARK_CAPTURE(key_by_hash, sqlite, Engine::kSqlite)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(key_by_hash, postgres, Engine::kPostgres)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace stargate::store
