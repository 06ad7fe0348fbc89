// A connection to a PostgreSQL server.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/time.h"
#include "store/connection.h"
#include "store/database_url.h"
#include "store/settings.h"

struct pg_conn;
struct pg_result;

namespace stargate::store {

// libpq without its blocking calls but the one that connects: every wait is a poll() with a deadline, after which the
// connection is lost. Statements
// are prepared once per connection. A server that turns out to be read-only also loses the connection: after a failover
// the same address leads to the new primary.
class PostgresConnection final : public Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const DatabaseUrl& url, const Settings& settings);

  [[nodiscard]] Engine engine() const override { return Engine::kPostgres; }
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
  struct Closer {
    void operator()(pg_conn* connection) const;
    void operator()(pg_result* result) const;
  };
  using Answer = std::unique_ptr<pg_result, Closer>;

  PostgresConnection(pg_conn* connection, bool keep_statements, const Settings& settings);
  Result<void> set_up(const std::string& schema);
  Result<Answer> ask(const std::function<int(pg_conn*)>& send, MonoTime deadline);
  Result<void> flush(MonoTime deadline);
  Result<Answer> receive(MonoTime deadline);
  Result<Answer> execute(const std::string& sql, std::span<const std::string> texts, std::span<const bool> nulls,
                         Keep keep);
  Result<const std::string*> prepared(const std::string& sql);
  Result<Answer> command(const char* sql);
  Failure lost(std::string_view why);
  Failure failure(const pg_result* answer);
  [[nodiscard]] MonoTime statement_deadline() const;

  std::unique_ptr<pg_conn, Closer> connection_;
  bool keep_statements_;
  Settings settings_;
  std::unordered_map<std::string, std::string> statements_;  // text -> the server's name for it
  bool connected_ = true;
  bool failed_ = false;       // inside a transaction
  bool interrupted_ = false;  // ... because of another writer
};

}  // namespace stargate::store
