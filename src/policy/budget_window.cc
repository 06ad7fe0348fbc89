#include "policy/budget_window.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace stargate::policy {
namespace {

using Unit = BudgetPeriod::Unit;
using Seconds = cctz::time_point<cctz::seconds>;

constexpr std::int64_t kMinuteSeconds = 60;
constexpr std::int64_t kHourSeconds = 3600;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kWeekDays = 7;
constexpr std::int64_t kYearMonths = 12;
constexpr std::int64_t kMonthDays = 30;  // "30d" means a month, as LiteLLM has it
constexpr std::int64_t kSecondsMax = 100 * 366 * kDaySeconds;
constexpr std::int64_t kDaysMax = std::int64_t{100} * 366;
constexpr std::int64_t kMonthsMax = 100 * kYearMonths;
constexpr int kYearFirst = 1900;
constexpr int kYearLast = 2150;

struct UnitName {
  std::string_view name;
  Unit unit;
  std::int64_t factor;
  std::int64_t count_max;
};
constexpr std::array<UnitName, 7> kUnits = {{{"s", Unit::kSecond, 1, kSecondsMax},
                                             {"m", Unit::kSecond, kMinuteSeconds, kSecondsMax},
                                             {"h", Unit::kSecond, kHourSeconds, kSecondsMax},
                                             {"d", Unit::kDay, 1, kDaysMax},
                                             {"w", Unit::kDay, kWeekDays, kDaysMax},
                                             {"mo", Unit::kMonth, 1, kMonthsMax},
                                             {"y", Unit::kMonth, kYearMonths, kMonthsMax}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kWords = {
    {{"daily", "1d"}, {"weekly", "1w"}, {"monthly", "1mo"}, {"yearly", "1y"}}};

Failure bad_duration(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 40;
  return base::client_error(ErrorCode::kUnprocessable,
                            "'" + std::string(text.substr(0, kShownBytesMax)) +
                                "' is no budget duration: a number and a unit are (30s, 30m, 12h, 1d, 2w, 1mo, 1y; a "
                                "hundred years at most), or daily, weekly, monthly, yearly",
                            "budget_duration");
}

// Whole days are calendar days, a week's and a month's worth of them are that week and month.
BudgetPeriod aligned(BudgetPeriod period) {
  if (period.unit == Unit::kSecond && period.count % kDaySeconds == 0) {
    period = {.count = period.count / kDaySeconds, .unit = Unit::kDay};
  }
  if (period.unit == Unit::kDay && period.count == kWeekDays) period.weekly = true;
  if (period.unit == Unit::kDay && period.count == kMonthDays) period = {.count = 1, .unit = Unit::kMonth};
  return period;
}

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  const std::int64_t quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

WallTime wall(Seconds instant) { return std::chrono::time_point_cast<Duration>(instant); }

// When the wall clock first shows `civil` or, where it never does, jumps over it.
Seconds instant_of(const cctz::time_zone& zone, const cctz::civil_second& civil) {
  const auto found = zone.lookup(civil);
  return found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
}

// The borders of a period, numbered along the wall clock.
class Borders {
 public:
  Borders(const BudgetPeriod& period, const cctz::time_zone& zone, Seconds anchor, Seconds now)
      : period_(period), zone_(zone), day_(cctz::convert(now, zone)), from_(cctz::convert(anchor, zone)) {
    // For one week any Monday is as good.
    if (period.weekly) from_ = cctz::prev_weekday(from_ + 1, cctz::weekday::monday);
    if (period.unit == Unit::kMonth) align_months(anchor);
  }

  // The border at or before what the clock shows, give or take a change of the clock.
  [[nodiscard]] std::int64_t guess(Seconds now) const {
    const cctz::civil_second shown = cctz::convert(now, zone_);
    switch (period_.unit) {
      case Unit::kSecond: return (shown - cctz::civil_second(day_)) / period_.count;
      case Unit::kDay: return floor_div(cctz::civil_day(shown) - from_, period_.count);
      case Unit::kMonth: return floor_div(cctz::civil_month(shown) - month_, period_.count);
    }
    return 0;
  }

  [[nodiscard]] Seconds at(std::int64_t index) const {
    switch (period_.unit) {
      case Unit::kSecond: return within_day(index);
      case Unit::kDay: return instant_of(zone_, cctz::civil_second(from_ + index * period_.count));
      case Unit::kMonth: return instant_of(zone_, cctz::civil_second(month_ + index * period_.count));
    }
    return {};
  }

 private:
  void align_months(Seconds anchor) {
    const cctz::civil_day day(cctz::convert(anchor, zone_));
    const bool yearly = period_.count % kYearMonths == 0;
    month_ = cctz::civil_month(yearly ? day.year() : 1970, 1);
    if (!yearly && kYearMonths % period_.count != 0) month_ = cctz::civil_month(day);
  }

  // Border 0 is midnight; those before and behind belong to the days before and behind.
  [[nodiscard]] Seconds within_day(std::int64_t index) const {
    const std::int64_t in_day = (kDaySeconds + period_.count - 1) / period_.count;
    const std::int64_t days = floor_div(index, in_day);
    const std::int64_t second = (index - days * in_day) * period_.count;
    return instant_of(zone_, cctz::civil_second(day_ + days) + second);
  }

  BudgetPeriod period_;
  const cctz::time_zone& zone_;
  cctz::civil_day day_;   // of now
  cctz::civil_day from_;  // where days are counted from
  cctz::civil_month month_;
};

// Periods that no calendar knows: whole lengths since the anchor's midnight.
BudgetWindow elapsed_window(std::int64_t length, Seconds from, Seconds now) {
  const std::int64_t index = floor_div((now - from).count(), length);
  const Seconds begin = from + cctz::seconds(index * length);
  return {wall(begin), wall(begin + cctz::seconds(length))};
}

// Anchors and instants outside of what can be counted are pulled to its ends.
Seconds countable(WallTime instant) {
  const Seconds first = cctz::convert(cctz::civil_second(kYearFirst), cctz::utc_time_zone());
  const Seconds last = cctz::convert(cctz::civil_second(kYearLast), cctz::utc_time_zone());
  return std::clamp(std::chrono::floor<cctz::seconds>(instant), first, last);
}

}  // namespace

Result<BudgetPeriod> parse_budget_duration(std::string_view text) {
  std::string_view rest = text;
  for (const auto& [word, means] : kWords) {
    if (text == word) rest = means;
  }
  std::int64_t count = 0;
  const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (fault != std::errc() || count < 1) return bad_duration(text);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  for (const UnitName& unit : kUnits) {
    if (rest != unit.name) continue;
    if (count > unit.count_max / unit.factor) return bad_duration(text);
    return aligned({.count = count * unit.factor, .unit = unit.unit, .weekly = unit.name == "w"});
  }
  return bad_duration(text);
}

BudgetWindow window_at(const BudgetPeriod& period, const cctz::time_zone& zone, WallTime anchor, WallTime now) {
  const Seconds instant = countable(now);
  const Seconds from = countable(anchor);
  if (period.unit == Unit::kSecond && period.count > kDaySeconds) {
    const cctz::civil_day day(cctz::convert(from, zone));
    return elapsed_window(period.count, instant_of(zone, cctz::civil_second(day)), instant);
  }
  const Borders borders(period, zone, from, instant);
  std::int64_t index = borders.guess(instant);
  // The guess is off by what the clock was put forward or back: a few borders, an hour's worth of seconds at most.
  // Equal borders (skipped ones) make no window of their own.
  while (borders.at(index) > instant) --index;
  while (borders.at(index + 1) <= instant) ++index;
  std::int64_t next = index + 1;
  while (borders.at(next) <= borders.at(index)) ++next;
  return {wall(borders.at(index)), wall(borders.at(next))};
}

BudgetWindow endless_window() { return {WallTime::min(), WallTime::max()}; }

}  // namespace stargate::policy
