// One connection to a database, and the one way to speak to it: a text with $1, $2 ... and values. Both engines take
// the same text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/value.h"

namespace stargate::store {

enum class Engine : std::uint8_t { kSqlite, kPostgres };

struct Outcome {
  Rows rows;
  std::int64_t changed = 0;  // rows that were inserted, updated or deleted
};

// The outcome where only success matters.
inline Result<void> without_rows(const Result<Outcome>& outcome) {
  if (!outcome) return std::unexpected(outcome.error());
  return {};
}

// What a batch is made of: stands in the text as {rows} and is a table `v` with these columns there.
struct BatchColumn {
  std::string_view name;
  ValueType type = ValueType::kText;
};

// Whether a statement is worth being kept prepared: not one whose text depends on how many ids were asked for.
enum class Keep : std::uint8_t { kYes, kNo };

enum class Isolation : std::uint8_t { kReadCommitted, kSerializable };

// One thread at a time. Errors are those of ports::Store; in addition `type` tells kInterrupted (see failure.h): run
// the whole transaction again. After an error inside a transaction only rollback() is of use; commit() fails. Every
// call ends within the time that the settings give a statement; a connection that exceeds it is lost.
class Connection {
 public:
  virtual ~Connection() = default;

  [[nodiscard]] virtual Engine engine() const = 0;
  // False: the connection is lost for good.
  [[nodiscard]] virtual bool connected() const = 0;

  virtual Result<Outcome> run(std::string_view sql, std::span<const Value> values, Keep keep) = 0;
  Result<Outcome> run(std::string_view sql, std::span<const Value> values) { return run(sql, values, Keep::kYes); }
  // The statement over all rows: one round trip in PostgreSQL, a loop over the prepared statement in SQLite. It must
  // mean the same either way: no row may see what another row of the batch does. Call it inside a transaction.
  virtual Result<Outcome> run_batch(std::string_view sql, std::span<const BatchColumn> columns,
                                    std::span<const Values> rows) = 0;
  // Several statements without values, separated by semicolons.
  virtual Result<void> run_script(const std::string& sql) = 0;

  virtual Result<void> begin(Isolation isolation) = 0;
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;
};

}  // namespace stargate::store
