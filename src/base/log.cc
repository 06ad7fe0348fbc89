#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

namespace stargate::base {

namespace {

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warn";
    case LogLevel::kError: return "error";
  }
  return "error";
}

// A line must stay below the 4096 bytes that a pipe takes in one piece, or the lines of several cores mix.
constexpr std::size_t kValueBytesMax = 1024;

void append_integer(std::string& out, std::int64_t value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7f; }

// Escapes for JSON; control characters become \u00XX so that a line stays one line in either form.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const char c = text.front();
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(1);
  }
}

// Three decimals, without the general machinery for floating point: durations make up most of a line's numbers.
void append_real(std::string& out, double value) {
  constexpr double kThousandthsMax = 9e15;
  const double thousandths = std::round(value * 1000);
  if (!(std::abs(thousandths) < kThousandthsMax)) {
    out += fmt::format("{:.3f}", value);
    return;
  }
  auto whole = static_cast<std::int64_t>(thousandths);
  if (whole < 0) {
    out += '-';
    whole = -whole;
  }
  append_integer(out, whole / 1000);
  const auto rest = static_cast<int>(whole % 1000);
  out += {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
          static_cast<char>('0' + rest % 10)};
}

void append_value(std::string& out, const LogField& field, bool always_quote) {
  if (const auto* given = std::get_if<std::string_view>(&field.value)) {
    const std::string_view text = given->substr(0, kValueBytesMax);
    const bool quote = always_quote || text.empty() || text.find_first_of(" \"=\\\n\r\t") != std::string_view::npos;
    if (quote) out += '"';
    append_escaped(out, text);
    if (quote) out += '"';
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    append_integer(out, *integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    append_real(out, *real);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

std::string format_line(LogForm form, LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  constexpr std::size_t kUsualLineBytes = 1024;
  std::string out;
  out.reserve(kUsualLineBytes);
  if (form == LogForm::kJson) {
    out += "\"level\":\"";
    out += level_name(level);
    out += "\",\"event\":\"";
    append_escaped(out, event);
    out += '"';
  } else {
    out += fmt::format("{:5} ", level_name(level));
    append_escaped(out, event);
  }
  for (const LogField& field : fields) {
    if (form == LogForm::kJson) {
      out += ",\"";
      append_escaped(out, field.key);
      out += "\":";
    } else {
      out += ' ';
      out += field.key;
      out += '=';
    }
    append_value(out, field, form == LogForm::kJson);
  }
  return out;
}

std::string Log::whole_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto ms = now.time_since_epoch().count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::string line = form_ == LogForm::kJson
                         ? fmt::format("{{\"time\":\"{:%Y-%m-%dT%H:%M:%S}.{:03}Z\",", fmt::gmtime(seconds), ms)
                         : fmt::format("{:%H:%M:%S}.{:03} ", fmt::gmtime(seconds), ms);
  line += format_line(form_, level, event, fields);
  line += form_ == LogForm::kJson ? "}\n" : "\n";
  return line;
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const {
  if (!enabled(level)) return;
  const std::string line = whole_line(level, event, fields);
  if (sink_ != nullptr) {
    if (const std::uint64_t lost = sink_->take_dropped(); lost > 0) {
      sink_->add(whole_line(LogLevel::kWarn, "log.dropped", {{"lines", lost}}));
    }
    sink_->add(line);
    return;
  }
  // A log that cannot be written must not stop the service; a short write loses the tail of one line.
  [[maybe_unused]] const auto written = ::write(fd_, line.data(), line.size());
}

}  // namespace stargate::base
