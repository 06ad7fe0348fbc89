// A connection to a SQLite file.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "store/connection.h"
#include "store/settings.h"

struct sqlite3;
struct sqlite3_stmt;

namespace stargate::store {

// WAL, so that readers and the one writer do not wait for each other; every commit is on the disk when it returns. A
// transaction takes the write lock at its beginning. The file is created when it is not there, for its owner alone.
class SqliteConnection final : public Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::string& path, const Settings& settings);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection() override;

  [[nodiscard]] Engine engine() const override { return Engine::kSqlite; }
  [[nodiscard]] bool connected() const override { return connected_; }
  using Connection::run;
  Result<Outcome> run(std::string_view sql, std::span<const Value> values, Keep keep) override;
  Result<Outcome> run_batch(std::string_view sql, std::span<const BatchColumn> columns,
                            std::span<const Values> rows) override;
  Result<void> run_script(const std::string& sql) override;
  Result<void> begin(Isolation isolation) override;
  Result<void> commit() override;
  void rollback() override;

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct Statement {
    std::unique_ptr<sqlite3_stmt, Finalizer> handle;
    std::vector<int> places;  // SQLite's index of $1, $2 ...: it counts by first appearance
  };

  SqliteConnection(sqlite3* database, const Settings& settings);
  Result<const Statement*> prepared(const std::string& sql);
  Result<void> step_through(const Statement& prepared, std::span<const Value> values, Outcome& outcome);
  Failure failure(int code);
  static int over_time(void* self);

  sqlite3* database_;
  Settings settings_;
  std::unordered_map<std::string, Statement> statements_;
  MonoTime deadline_ = MonoTime::max();
  bool connected_ = true;
  bool failed_ = false;  // inside a transaction
};

}  // namespace stargate::store
