#include "store/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "store/failure.h"

namespace stargate::store {
namespace {

constexpr std::size_t kStatementsMax = 256;  // more are forgotten, all at once
constexpr int kStepsPerLookAtTheClock = 10'000;
constexpr const char* kSetUp =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -16384;"        // KiB of each connection: a batch of spend rows touches many pages
    "PRAGMA wal_autocheckpoint = 4000;"  // pages
    "PRAGMA foreign_keys = ON;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA trusted_schema = OFF;";

// {rows} as a table of one row: (SELECT $1 AS a, $2 AS b) AS v.
std::string for_one_row(std::string_view sql, std::span<const BatchColumn> columns) {
  std::string source = "(SELECT ";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    source += fmt::format("{}${} AS {}", i == 0 ? "" : ", ", i + 1, columns[i].name);
  }
  source += ") AS v";
  std::string text(sql);
  constexpr std::string_view kMark = "{rows}";
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + source.size())) {
    text.replace(at, kMark.size(), source);
  }
  return text;
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  if (const auto* truth = std::get_if<bool>(&value)) return sqlite3_bind_int(statement, index, *truth ? 1 : 0);
  return sqlite3_bind_null(statement, index);
}

Cell cell_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return {};
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    default: break;
  }
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

}  // namespace

void SqliteConnection::Finalizer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<std::unique_ptr<Connection>> SqliteConnection::open(const std::string& path, const Settings& settings) {
  // SQLite would create the file readable for everybody.
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);
  sqlite3* database = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int opened = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database, settings));
  if (opened != SQLITE_OK) return connection->failure(opened);
  if (Result<void> set = connection->run_script(kSetUp); !set) return std::unexpected(std::move(set.error()));
  return connection;
}

SqliteConnection::SqliteConnection(sqlite3* database, const Settings& settings)
    : database_(database), settings_(settings) {
  if (database_ == nullptr) return;
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_,
                       static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(settings.busy_time_max).count()));
  sqlite3_progress_handler(database_, kStepsPerLookAtTheClock, &SqliteConnection::over_time, this);
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  sqlite3_close(database_);
}

int SqliteConnection::over_time(void* self) {
  return std::chrono::steady_clock::now() > static_cast<SqliteConnection*>(self)->deadline_ ? 1 : 0;
}

Failure SqliteConnection::failure(int code) {
  failed_ = true;
  const char* message = database_ == nullptr ? "out of memory" : sqlite3_errmsg(database_);
  return sqlite_failure(code, message);
}

Result<const SqliteConnection::Statement*> SqliteConnection::prepared(const std::string& sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return &found->second;
  if (statements_.size() >= kStatementsMax) statements_.clear();
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.c_str(), static_cast<int>(sql.size() + 1),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return failure(code);
  Statement& statement = statements_[sql];
  statement.handle.reset(handle);
  const int parameters = sqlite3_bind_parameter_count(handle);
  for (int i = 1; i <= parameters; ++i) {
    statement.places.push_back(sqlite3_bind_parameter_index(handle, fmt::format("${}", i).c_str()));
  }
  return &statement;
}

Result<void> SqliteConnection::step_through(const Statement& prepared, std::span<const Value> values,
                                            Outcome& outcome) {
  sqlite3_stmt* const statement = prepared.handle.get();
  if (values.size() != prepared.places.size()) return refused("a statement with other values than it names");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int code = bind(statement, prepared.places[i], values[i]);
    if (code != SQLITE_OK) return failure(code);
  }
  const std::int64_t before = sqlite3_total_changes64(database_);
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    Row& row = outcome.rows.emplace_back();
    const int columns = sqlite3_column_count(statement);
    row.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) row.push_back(cell_of(statement, i));
  }
  Result<void> result;
  if (code != SQLITE_DONE) result = failure(code);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  outcome.changed += sqlite3_total_changes64(database_) - before;
  return result;
}

Result<Outcome> SqliteConnection::run(std::string_view sql, std::span<const Value> values, Keep /*keep*/) {
  deadline_ = std::chrono::steady_clock::now() + settings_.statement_time_max;
  const Result<const Statement*> statement = prepared(std::string(sql));
  if (!statement) return std::unexpected(statement.error());
  Outcome outcome;
  if (Result<void> done = step_through(**statement, values, outcome); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return outcome;
}

Result<Outcome> SqliteConnection::run_batch(std::string_view sql, std::span<const BatchColumn> columns,
                                            std::span<const Values> rows) {
  deadline_ = std::chrono::steady_clock::now() + settings_.statement_time_max;
  const Result<const Statement*> statement = prepared(for_one_row(sql, columns));
  if (!statement) return std::unexpected(statement.error());
  Outcome outcome;
  for (const Values& row : rows) {
    if (Result<void> done = step_through(**statement, row, outcome); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  return outcome;
}

Result<void> SqliteConnection::run_script(const std::string& sql) {
  deadline_ = std::chrono::steady_clock::now() + settings_.migration_time_max;
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

Result<void> SqliteConnection::begin(Isolation /*isolation*/) {
  failed_ = false;
  return without_rows(run("BEGIN IMMEDIATE", {}));
}

Result<void> SqliteConnection::commit() {
  if (failed_) return refused("a transaction with a failed statement cannot be committed");
  return without_rows(run("COMMIT", {}));
}

void SqliteConnection::rollback() {
  // A full disk has already rolled back; a second time is an error that says nothing.
  if (sqlite3_get_autocommit(database_) == 0) (void)run("ROLLBACK", {});
  failed_ = false;
}

}  // namespace stargate::store
