#include "store/postgres_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "store/failure.h"

namespace stargate::store {
namespace {

constexpr std::size_t kStatementsMax = 256;  // further ones are sent without being prepared
constexpr int kTextFormat = 0;

MonoTime now() { return std::chrono::steady_clock::now(); }

// False: the time is over.
bool wait_for(int socket, short events, MonoTime deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
    if (left <= 0) return false;
    pollfd waiting{.fd = socket, .events = events, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, 1'000'000)));
    if (ready > 0) return true;
  }
}

std::string_view first_line(const char* text) {
  std::string_view line(text == nullptr ? "" : text);
  line = line.substr(0, line.find('\n'));
  return line;
}

std::string_view field(const PGresult* answer, int code) {
  const char* text = PQresultErrorField(answer, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::kText: return "text";
    case ValueType::kInteger: return "bigint";
    case ValueType::kBoolean: return "boolean";
  }
  return "text";
}

// {rows} as unnest($1::text[], $2::bigint[]) AS v(a, b).
std::string for_all_rows(std::string_view sql, std::span<const BatchColumn> columns) {
  std::string arrays;
  std::string names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string_view comma = i == 0 ? "" : ", ";
    arrays += fmt::format("{}${}::{}[]", comma, i + 1, type_name(columns[i].type));
    names += fmt::format("{}{}", comma, columns[i].name);
  }
  const std::string source = fmt::format("unnest({}) AS v({})", arrays, names);
  std::string text(sql);
  constexpr std::string_view kMark = "{rows}";
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + source.size())) {
    text.replace(at, kMark.size(), source);
  }
  return text;
}

std::string parameter_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "t" : "f";
  return {};
}

Outcome outcome_of(const PGresult* answer) {
  Outcome outcome;
  const int rows = PQntuples(answer);
  const int columns = PQnfields(answer);
  outcome.rows.resize(static_cast<std::size_t>(rows));
  for (int r = 0; r < rows; ++r) {
    Row& row = outcome.rows[static_cast<std::size_t>(r)];
    row.reserve(static_cast<std::size_t>(columns));
    for (int c = 0; c < columns; ++c) {
      if (PQgetisnull(answer, r, c) != 0) {
        row.emplace_back();
      } else {
        row.emplace_back(std::string(PQgetvalue(answer, r, c), static_cast<std::size_t>(PQgetlength(answer, r, c))));
      }
    }
  }
  Cell changed = std::string(PQcmdTuples(const_cast<PGresult*>(answer)));
  outcome.changed = integer_of(changed);
  return outcome;
}

}  // namespace

void PostgresConnection::Closer::operator()(pg_conn* connection) const { PQfinish(connection); }
void PostgresConnection::Closer::operator()(pg_result* result) const { PQclear(result); }

Result<std::unique_ptr<Connection>> PostgresConnection::open(const DatabaseUrl& url, const Settings& settings) {
  // Of two that name the same the later one wins: what stands before the URL are defaults, what stands behind is fixed.
  const std::string target(url.target.reveal());
  const std::string connect_s =
      fmt::format("{}", std::chrono::ceil<std::chrono::seconds>(settings.connect_time_max).count());
  const std::string unacknowledged_ms =
      fmt::format("{}", std::chrono::ceil<std::chrono::milliseconds>(settings.statement_time_max).count());
  const char* const keywords[] = {"application_name",
                                  "connect_timeout",
                                  "keepalives_idle",
                                  "tcp_user_timeout",
                                  "dbname",
                                  "client_encoding",
                                  nullptr};
  const char* const values[] = {"stargate", connect_s.c_str(), "30", unacknowledged_ms.c_str(), target.c_str(), "UTF8",
                                nullptr};
  constexpr int kExpandUrl = 1;
  // The blocking way in: it alone gives every one of several hosts its own time.
  std::unique_ptr<PostgresConnection> connection(
      new PostgresConnection(PQconnectdbParams(keywords, values, kExpandUrl), url.keep_statements, settings));
  if (Result<void> ready = connection->set_up(url.schema); !ready) return std::unexpected(std::move(ready.error()));
  return connection;
}

PostgresConnection::PostgresConnection(pg_conn* connection, bool keep_statements, const Settings& settings)
    : connection_(connection), keep_statements_(keep_statements), settings_(settings) {}

MonoTime PostgresConnection::statement_deadline() const { return now() + settings_.statement_time_max; }

Failure PostgresConnection::lost(std::string_view why) {
  connected_ = false;
  failed_ = true;
  return unavailable(fmt::format("the database server is away: {}", why));
}

Result<void> PostgresConnection::set_up(const std::string& schema) {
  pg_conn* const connection = connection_.get();
  if (connection == nullptr) return lost("out of memory");
  if (PQstatus(connection) != CONNECTION_OK) return lost(first_line(PQerrorMessage(connection)));
  if (PQsetnonblocking(connection, 1) != 0) return lost("the socket cannot be used");
  PQsetNoticeProcessor(connection, [](void* /*self*/, const char* /*message*/) {}, nullptr);
  // The server ends a statement first, so that the client's deadline is for servers that do not answer at all.
  const auto time_ms = std::chrono::floor<std::chrono::milliseconds>(settings_.statement_time_max).count();
  const Value values[] = {fmt::format("{}", std::max<std::int64_t>(time_ms * 4 / 5, 1))};
  Result<void> set = without_rows(run("SELECT set_config('statement_timeout', $1, false)", values));
  if (!set || schema.empty()) return set;
  const Value names[] = {to_value(schema)};
  return without_rows(run("SELECT set_config('search_path', quote_ident($1), false)", names));
}

Result<void> PostgresConnection::flush(MonoTime deadline) {
  pg_conn* const connection = connection_.get();
  for (;;) {
    const int left = PQflush(connection);
    if (left == 0) return {};
    if (left < 0) return lost(first_line(PQerrorMessage(connection)));
    if (!wait_for(PQsocket(connection), POLLIN | POLLOUT, deadline)) return lost("it takes nothing");
    if (PQconsumeInput(connection) == 0) return lost(first_line(PQerrorMessage(connection)));
  }
}

// The last result of the statement, or the first that is an error. Leaves nothing unread.
Result<PostgresConnection::Answer> PostgresConnection::receive(MonoTime deadline) {
  pg_conn* const connection = connection_.get();
  Answer kept;
  for (;;) {
    while (PQisBusy(connection) != 0) {
      if (!wait_for(PQsocket(connection), POLLIN, deadline)) return lost("no answer within the time for it");
      if (PQconsumeInput(connection) == 0) return lost(first_line(PQerrorMessage(connection)));
    }
    Answer next(PQgetResult(connection));
    if (!next) break;
    if (!kept || PQresultStatus(kept.get()) != PGRES_FATAL_ERROR) kept = std::move(next);
  }
  if (!kept || PQstatus(connection) == CONNECTION_BAD) {
    const bool told = kept && PQresultStatus(kept.get()) == PGRES_FATAL_ERROR;
    return lost(told ? first_line(PQresultErrorMessage(kept.get())) : first_line(PQerrorMessage(connection)));
  }
  const ExecStatusType status = PQresultStatus(kept.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
    return failure(kept.get());
  }
  return kept;
}

Failure PostgresConnection::failure(const pg_result* answer) {
  failed_ = true;
  const std::string_view sqlstate = field(answer, PG_DIAG_SQLSTATE);
  Failure failure =
      postgres_failure(sqlstate, field(answer, PG_DIAG_MESSAGE_PRIMARY), field(answer, PG_DIAG_CONSTRAINT_NAME));
  interrupted_ = failure.error().type == kInterrupted;
  // A server that is read-only or going away: the next connection may lead to another one. A prepared statement that
  // a migration has outdated, or a pool has lost, is prepared anew on the next connection.
  const bool outdated = sqlstate == "0A000" || sqlstate == "26000";
  if (sqlstate == "25006" || sqlstate.starts_with("57P") || outdated) connected_ = false;
  return failure;
}

Result<PostgresConnection::Answer> PostgresConnection::ask(const std::function<int(pg_conn*)>& send,
                                                           MonoTime deadline) {
  if (!connected_) return unavailable("the database server is away");
  if (send(connection_.get()) == 0) return lost(first_line(PQerrorMessage(connection_.get())));
  if (Result<void> flushed = flush(deadline); !flushed) return std::unexpected(std::move(flushed.error()));
  return receive(deadline);
}

Result<const std::string*> PostgresConnection::prepared(const std::string& sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return &found->second;
  std::string name = fmt::format("s{}", statements_.size());
  const auto send = [&](pg_conn* c) { return PQsendPrepare(c, name.c_str(), sql.c_str(), 0, nullptr); };
  const Result<Answer> answer = ask(send, statement_deadline());
  if (!answer) return std::unexpected(answer.error());
  return &statements_.emplace(sql, std::move(name)).first->second;
}

Result<PostgresConnection::Answer> PostgresConnection::execute(const std::string& sql,
                                                               std::span<const std::string> texts,
                                                               std::span<const bool> nulls, Keep keep) {
  std::vector<const char*> values;
  values.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) values.push_back(nulls[i] ? nullptr : texts[i].c_str());
  const int count = static_cast<int>(values.size());
  if (!keep_statements_ || keep == Keep::kNo || (statements_.size() >= kStatementsMax && !statements_.contains(sql))) {
    const auto send = [&](pg_conn* c) {
      return PQsendQueryParams(c, sql.c_str(), count, nullptr, values.data(), nullptr, nullptr, kTextFormat);
    };
    return ask(send, statement_deadline());
  }
  const Result<const std::string*> name = prepared(sql);
  if (!name) return std::unexpected(name.error());
  const auto send = [&](pg_conn* c) {
    return PQsendQueryPrepared(c, (*name)->c_str(), count, values.data(), nullptr, nullptr, kTextFormat);
  };
  return ask(send, statement_deadline());
}

Result<Outcome> PostgresConnection::run(std::string_view sql, std::span<const Value> values, Keep keep) {
  std::vector<std::string> texts;
  const auto nulls = std::make_unique<bool[]>(values.size());
  texts.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    nulls[i] = std::holds_alternative<std::monostate>(values[i]);
    texts.push_back(parameter_text(values[i]));
  }
  const Result<Answer> answer = execute(std::string(sql), texts, {nulls.get(), values.size()}, keep);
  if (!answer) return std::unexpected(answer.error());
  return outcome_of(answer->get());
}

Result<Outcome> PostgresConnection::run_batch(std::string_view sql, std::span<const BatchColumn> columns,
                                              std::span<const Values> rows) {
  std::vector<std::string> texts;
  const auto nulls = std::make_unique<bool[]>(columns.size());
  texts.reserve(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) texts.push_back(array_literal(rows, i));
  const Result<Answer> answer = execute(for_all_rows(sql, columns), texts, {nulls.get(), columns.size()}, Keep::kYes);
  if (!answer) return std::unexpected(answer.error());
  return outcome_of(answer->get());
}

Result<void> PostgresConnection::run_script(const std::string& sql) {
  const auto send = [&](pg_conn* c) { return PQsendQuery(c, sql.c_str()); };
  const Result<Answer> answer = ask(send, now() + settings_.migration_time_max);
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Result<PostgresConnection::Answer> PostgresConnection::command(const char* sql) {
  return ask([sql](pg_conn* c) { return PQsendQuery(c, sql); }, statement_deadline());
}

Result<void> PostgresConnection::begin(Isolation isolation) {
  const bool serializable = isolation == Isolation::kSerializable;
  const Result<Answer> begun = command(serializable ? "BEGIN ISOLATION LEVEL SERIALIZABLE" : "BEGIN");
  failed_ = false;
  interrupted_ = false;
  if (!begun) return std::unexpected(begun.error());
  return {};
}

Result<void> PostgresConnection::commit() {
  // COMMIT of a failed transaction is answered as if all were well.
  if (interrupted_) return interrupted();
  if (failed_) return refused("a transaction with a failed statement cannot be committed");
  const Result<Answer> committed = command("COMMIT");
  if (!committed) return std::unexpected(committed.error());
  return {};
}

void PostgresConnection::rollback() {
  if (connected_ && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) (void)command("ROLLBACK");
  failed_ = false;
  interrupted_ = false;
}

}  // namespace stargate::store
