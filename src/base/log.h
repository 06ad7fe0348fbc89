// Structured logging. One line per event, JSON or human; every line of a request carries its request id.
// Thread-safe: a line is formatted by the caller and written by one write(2), or given to a LogSink, which writes it.
// Never give it a secret, a header value of a credential or a body.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/log_sink.h"

namespace stargate::base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogForm : std::uint8_t { kJson, kHuman };

struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, std::int64_t v) : key(k), value(v) {}
  LogField(std::string_view k, int v) : key(k), value(std::int64_t{v}) {}
  LogField(std::string_view k, std::uint64_t v) : key(k), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
};

class Log {
 public:
  // Lines below `level` are dropped before formatting. fd is not owned, the sink must outlive the log.
  Log(int fd, LogForm form, LogLevel level) : fd_(fd), form_(form), level_(level) {}
  Log(LogSink& sink, LogForm form, LogLevel level) : sink_(&sink), form_(form), level_(level) {}

  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) const;

  void debug(std::string_view event, std::initializer_list<LogField> f = {}) const {
    write(LogLevel::kDebug, event, f);
  }
  void info(std::string_view event, std::initializer_list<LogField> f = {}) const { write(LogLevel::kInfo, event, f); }
  void warn(std::string_view event, std::initializer_list<LogField> f = {}) const { write(LogLevel::kWarn, event, f); }
  void error(std::string_view event, std::initializer_list<LogField> f = {}) const {
    write(LogLevel::kError, event, f);
  }

  [[nodiscard]] bool enabled(LogLevel level) const { return level >= level_; }

 private:
  [[nodiscard]] std::string whole_line(LogLevel level, std::string_view event,
                                       std::initializer_list<LogField> fields) const;

  int fd_ = -1;
  LogSink* sink_ = nullptr;
  LogForm form_;
  LogLevel level_;
};

// The text of a line without its time stamp, for tests and for Log itself.
std::string format_line(LogForm form, LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

}  // namespace stargate::base
