// When a budget begins anew: `budget_duration` and the calendar windows that it stands for. Pure: the instant and the
// time zone come in; a zone is loaded once, by whoever reads the configuration.
//
// Windows follow the wall clock of the zone, as LiteLLM's do:
//   30s, 15m, 6h   begin at midnight and at each multiple within the day; the day's last window ends at midnight
//   1d, daily      midnight to midnight            7d, 1w, weekly    Monday to Monday
//   30d, 1mo, monthly   the first of a month       1y, yearly        the first of January
//   2mo, 3mo, 4mo, 6mo  from January on
// What no calendar aligns counts from the `anchor`, the day on which the budget was set: 10d, 2w, 5mo, 2y from that
// day's midnight, Monday, month or year; 36h (longer than a day, no whole days) in elapsed time from that midnight.
// Where the clock is put forward over a border, the border is the instant of the change; where a wall time comes twice,
// the first counts. So an hour that comes twice is one window, and no window is empty.
#pragma once

#include <cctz/time_zone.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace stargate::policy {

struct BudgetPeriod {
  enum class Unit : std::uint8_t { kSecond, kDay, kMonth };  // weeks are days, years are months, hours are seconds
  std::int64_t count = 1;
  Unit unit = Unit::kDay;
  bool weekly = false;  // days, counted from a Monday
  bool operator==(const BudgetPeriod&) const = default;
};

// "30s", "30m", "30h", "30d", "2w", "1mo", "1y", "daily", "weekly", "monthly", "yearly". Errors: kUnprocessable that
// names what is allowed; a period is at least a second and at most a hundred years.
Result<BudgetPeriod> parse_budget_duration(std::string_view text);

// From `begin` on, until just before `end`.
struct BudgetWindow {
  WallTime begin;
  WallTime end;
  [[nodiscard]] bool contains(WallTime instant) const { return begin <= instant && instant < end; }
  bool operator==(const BudgetWindow&) const = default;
};

// The window that contains `now`; its end is the next reset. A budget that was asleep for years is in the current
// window at once: nothing is caught up. Instants before 1900 and after 2150 are taken for those years.
BudgetWindow window_at(const BudgetPeriod& period, const cctz::time_zone& zone, WallTime anchor, WallTime now);

// All of time: the window of a budget without a duration.
BudgetWindow endless_window();

}  // namespace stargate::policy
