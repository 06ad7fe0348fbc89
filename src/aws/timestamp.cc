#include "aws/timestamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace stargate::aws {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Years that a 64-bit nanosecond clock can tell; credentials outside of them are nonsense.
constexpr int kYearMin = 1970;
constexpr int kYearMax = 2200;

// Takes exactly `digits` decimal digits off the front of `rest`.
std::optional<int> take_number(std::string_view& rest, std::size_t digits) {
  if (rest.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : rest.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  rest.remove_prefix(digits);
  return number;
}

bool take(std::string_view& rest, std::string_view expected) {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(expected.size());
  return true;
}

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<WallTime> to_time(const Civil& c) {
  if (c.year < kYearMin || c.year > kYearMax) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(c.year), std::chrono::month(static_cast<unsigned>(c.month)),
                                         std::chrono::day(static_cast<unsigned>(c.day))};
  // 60 is a leap second; it becomes the next minute's first.
  if (!date.ok() || c.hour > 23 || c.minute > 59 || c.second > 60) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + hours(c.hour) + minutes(c.minute) + seconds(c.second);
}

// `separated`: 2026-01-01T00:00:00, else 20260101T000000.
std::optional<WallTime> take_date_time(std::string_view& rest, bool separated) {
  const std::string_view dash = separated ? "-" : "";
  const std::string_view colon = separated ? ":" : "";
  const auto year = take_number(rest, 4);
  if (!year || !take(rest, dash)) return std::nullopt;
  const auto month = take_number(rest, 2);
  if (!month || !take(rest, dash)) return std::nullopt;
  const auto day = take_number(rest, 2);
  if (!day || !(take(rest, "T") || (separated && take(rest, "t")))) return std::nullopt;
  const auto hour = take_number(rest, 2);
  if (!hour || !take(rest, colon)) return std::nullopt;
  const auto minute = take_number(rest, 2);
  if (!minute || !take(rest, colon)) return std::nullopt;
  const auto second = take_number(rest, 2);
  if (!second) return std::nullopt;
  return to_time({*year, *month, *day, *hour, *minute, *second});
}

// ".123" -> 123 ms; digits past the ninth are dropped. nullopt: a point without digits.
std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& rest) {
  if (!take(rest, ".")) return std::chrono::nanoseconds(0);
  std::int64_t value = 0;
  std::size_t digits = 0;
  while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
    if (digits < 9) value = value * 10 + (rest.front() - '0');
    ++digits;
    rest.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (std::size_t i = digits; i < 9; ++i) value *= 10;
  return std::chrono::nanoseconds(value);
}

std::optional<minutes> take_offset(std::string_view& rest) {
  if (take(rest, "Z") || take(rest, "z") || take(rest, "UTC")) return minutes(0);
  const bool east = rest.starts_with('+');
  if (!east && !rest.starts_with('-')) return std::nullopt;
  rest.remove_prefix(1);
  const auto hour = take_number(rest, 2);
  take(rest, ":");
  const auto minute = take_number(rest, 2);
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes offset = hours(*hour) + minutes(*minute);
  return east ? offset : -offset;
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

}  // namespace

std::optional<WallTime> parse_iso8601(std::string_view text) {
  const auto time = take_date_time(text, true);
  if (!time) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return *time + *fraction - *offset;
}

std::optional<WallTime> parse_amz_date(std::string_view text) {
  const auto time = take_date_time(text, false);
  if (!time || text != "Z") return std::nullopt;
  return time;
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  if (std::ranges::find(kDays, text.substr(0, 3)) == kDays.end()) return std::nullopt;
  text.remove_prefix(3);
  if (!take(text, ", ")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !take(text, " ")) return std::nullopt;
  const auto* const month = std::ranges::find(kMonths, text.substr(0, 3));
  if (month == kMonths.end()) return std::nullopt;
  text.remove_prefix(3);
  if (!take(text, " ")) return std::nullopt;
  const auto year = take_number(text, 4);
  if (!year || !take(text, " ")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || text != " GMT") return std::nullopt;
  return to_time({*year, static_cast<int>(month - kMonths.begin()) + 1, *day, *hour, *minute, *second});
}

std::string format_iso8601(WallTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - days));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

}  // namespace stargate::aws
