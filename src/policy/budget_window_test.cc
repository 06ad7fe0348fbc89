#include "policy/budget_window.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace stargate::policy {
namespace {

cctz::time_zone zone(const std::string& name) {
  cctz::time_zone loaded;
  EXPECT_TRUE(cctz::load_time_zone(name, &loaded)) << name;
  return loaded;
}

// "2026-03-29T01:30:00+00:00"
WallTime at(const std::string& text) {
  cctz::time_point<cctz::seconds> instant;
  EXPECT_TRUE(cctz::parse("%Y-%m-%dT%H:%M:%S%Ez", text, cctz::utc_time_zone(), &instant)) << text;
  return instant;
}

std::string told(const cctz::time_zone& zone, WallTime instant) {
  return cctz::format("%Y-%m-%dT%H:%M:%S%Ez", std::chrono::floor<cctz::seconds>(instant), zone);
}

BudgetPeriod period(std::string_view text) {
  const auto parsed = parse_budget_duration(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(BudgetPeriod{});
}

TEST(BudgetDuration, TakesLiteLlmsFormsAndWords) {
  using Unit = BudgetPeriod::Unit;
  EXPECT_EQ(period("30s"), (BudgetPeriod{30, Unit::kSecond}));
  EXPECT_EQ(period("30m"), (BudgetPeriod{1800, Unit::kSecond}));
  EXPECT_EQ(period("30h"), (BudgetPeriod{108'000, Unit::kSecond}));
  EXPECT_EQ(period("10d"), (BudgetPeriod{10, Unit::kDay}));
  EXPECT_EQ(period("daily"), period("1d"));
  EXPECT_EQ(period("24h"), period("1d"));
  EXPECT_EQ(period("weekly"), period("1w"));
  EXPECT_EQ(period("7d"), period("1w"));
  EXPECT_EQ(period("monthly"), period("1mo"));
  EXPECT_EQ(period("30d"), period("1mo"));
  EXPECT_EQ(period("yearly"), period("12mo"));
  EXPECT_EQ(period("1y"), period("yearly"));
}

TEST(BudgetDuration, RefusesWithTheFormsThereAre) {
  for (const std::string text : {"", "d", "0d", "-1d", "+1d", "1", "1x", "1 d", "1.5h", "Monthly", "1mon", "monthly ",
                                 "101y", "99999999999999999999d", "9223372036854775807w", "1d1h"}) {
    const auto parsed = parse_budget_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kUnprocessable);
    EXPECT_NE(parsed.error().message.find("1mo"), std::string::npos);
  }
}

struct WindowCase {
  std::string zone;
  std::string duration;
  std::string anchor;
  std::string now;
  std::string begin;
  std::string end;
};

void expect_windows(const std::vector<WindowCase>& cases) {
  for (const WindowCase& c : cases) {
    SCOPED_TRACE(c.zone + " " + c.duration + " at " + c.now);
    const cctz::time_zone place = zone(c.zone);
    const BudgetWindow window = window_at(period(c.duration), place, at(c.anchor), at(c.now));
    EXPECT_EQ(told(place, window.begin), c.begin);
    EXPECT_EQ(told(place, window.end), c.end);
    EXPECT_TRUE(window.contains(at(c.now)));
  }
}

constexpr auto kAnchor = "2026-01-14T10:00:00+00:00";  // a Wednesday

TEST(BudgetWindow, AlignsToTheCalendarOfTheZone) {
  expect_windows({
      {"UTC", "1d", kAnchor, "2026-11-25T13:14:15+00:00", "2026-11-25T00:00:00+00:00", "2026-11-26T00:00:00+00:00"},
      {"Asia/Tokyo", "1d", kAnchor, "2026-11-25T15:00:00+00:00", "2026-11-26T00:00:00+09:00",
       "2026-11-27T00:00:00+09:00"},
      {"Asia/Kolkata", "daily", kAnchor, "2026-11-25T18:29:59+00:00", "2026-11-25T00:00:00+05:30",
       "2026-11-26T00:00:00+05:30"},
      {"UTC", "weekly", kAnchor, "2026-11-25T13:14:15+00:00", "2026-11-23T00:00:00+00:00", "2026-11-30T00:00:00+00:00"},
      {"UTC", "7d", kAnchor, "2026-11-23T00:00:00+00:00", "2026-11-23T00:00:00+00:00", "2026-11-30T00:00:00+00:00"},
      {"UTC", "monthly", kAnchor, "2028-02-29T23:59:59+00:00", "2028-02-01T00:00:00+00:00",
       "2028-03-01T00:00:00+00:00"},
      {"UTC", "30d", kAnchor, "2026-12-31T23:59:59+00:00", "2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"},
      {"America/New_York", "1mo", kAnchor, "2026-12-01T04:59:59+00:00", "2026-11-01T00:00:00-04:00",
       "2026-12-01T00:00:00-05:00"},
      {"UTC", "3mo", kAnchor, "2026-11-25T00:00:00+00:00", "2026-10-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"},
      {"UTC", "yearly", kAnchor, "2026-11-25T00:00:00+00:00", "2026-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"},
      {"UTC", "6h", kAnchor, "2026-11-25T13:14:15+00:00", "2026-11-25T12:00:00+00:00", "2026-11-25T18:00:00+00:00"},
      {"UTC", "15m", kAnchor, "2026-11-25T13:14:15+00:00", "2026-11-25T13:00:00+00:00", "2026-11-25T13:15:00+00:00"},
      {"UTC", "30s", kAnchor, "2026-11-25T23:59:59+00:00", "2026-11-25T23:59:30+00:00", "2026-11-26T00:00:00+00:00"},
      // 24 is no multiple of 5: the day's last window is short.
      {"UTC", "5h", kAnchor, "2026-11-25T21:00:00+00:00", "2026-11-25T20:00:00+00:00", "2026-11-26T00:00:00+00:00"},
  });
}

TEST(BudgetWindow, CountsFromTheAnchorWhereNoCalendarAligns) {
  expect_windows({
      {"UTC", "10d", kAnchor, "2026-01-23T23:59:59+00:00", "2026-01-14T00:00:00+00:00", "2026-01-24T00:00:00+00:00"},
      {"UTC", "10d", kAnchor, "2026-01-24T00:00:00+00:00", "2026-01-24T00:00:00+00:00", "2026-02-03T00:00:00+00:00"},
      {"UTC", "10d", kAnchor, "2026-01-13T00:00:00+00:00", "2026-01-04T00:00:00+00:00", "2026-01-14T00:00:00+00:00"},
      {"UTC", "2w", kAnchor, "2026-01-30T00:00:00+00:00", "2026-01-26T00:00:00+00:00", "2026-02-09T00:00:00+00:00"},
      {"UTC", "5mo", kAnchor, "2026-11-25T00:00:00+00:00", "2026-11-01T00:00:00+00:00", "2027-04-01T00:00:00+00:00"},
      {"UTC", "2y", kAnchor, "2027-11-25T00:00:00+00:00", "2026-01-01T00:00:00+00:00", "2028-01-01T00:00:00+00:00"},
      {"UTC", "36h", kAnchor, "2026-01-16T10:00:00+00:00", "2026-01-15T12:00:00+00:00", "2026-01-17T00:00:00+00:00"},
  });
}

TEST(BudgetWindow, FollowsTheClockThroughItsChanges) {
  expect_windows({
      // Berlin puts its clock forward at 01:00 UTC on 29 March 2026, back at 01:00 UTC on 25 October.
      {"Europe/Berlin", "1d", kAnchor, "2026-03-29T10:00:00+00:00", "2026-03-29T00:00:00+01:00",
       "2026-03-30T00:00:00+02:00"},
      {"Europe/Berlin", "6h", kAnchor, "2026-03-29T02:00:00+00:00", "2026-03-29T00:00:00+01:00",
       "2026-03-29T06:00:00+02:00"},
      {"Europe/Berlin", "1h", kAnchor, "2026-03-29T00:59:59+00:00", "2026-03-29T01:00:00+01:00",
       "2026-03-29T03:00:00+02:00"},
      {"Europe/Berlin", "1h", kAnchor, "2026-03-29T01:00:00+00:00", "2026-03-29T03:00:00+02:00",
       "2026-03-29T04:00:00+02:00"},
      {"Europe/Berlin", "1h", kAnchor, "2026-10-25T00:30:00+00:00", "2026-10-25T02:00:00+02:00",
       "2026-10-25T03:00:00+01:00"},
      {"Europe/Berlin", "1h", kAnchor, "2026-10-25T01:30:00+00:00", "2026-10-25T02:00:00+02:00",
       "2026-10-25T03:00:00+01:00"},
      {"Europe/Berlin", "1s", kAnchor, "2026-10-25T01:30:00+00:00", "2026-10-25T02:59:59+02:00",
       "2026-10-25T03:00:00+01:00"},
      {"Europe/Berlin", "7d", kAnchor, "2026-10-25T22:59:59+00:00", "2026-10-19T00:00:00+02:00",
       "2026-10-26T00:00:00+01:00"},
      // Cairo has no midnight on 24 April 2026, and New York's far future follows the rule.
      {"Africa/Cairo", "1d", kAnchor, "2026-04-23T21:59:59+00:00", "2026-04-23T00:00:00+02:00",
       "2026-04-24T01:00:00+03:00"},
      {"Africa/Cairo", "1d", kAnchor, "2026-04-23T22:00:00+00:00", "2026-04-24T01:00:00+03:00",
       "2026-04-25T00:00:00+03:00"},
      {"America/New_York", "1mo", kAnchor, "2061-03-20T00:00:00+00:00", "2061-03-01T00:00:00-05:00",
       "2061-04-01T00:00:00-04:00"},
      // Apia skipped 30 December 2011.
      {"Pacific/Apia", "1d", kAnchor, "2011-12-30T09:59:59+00:00", "2011-12-29T00:00:00-10:00",
       "2011-12-31T00:00:00+14:00"},
  });
}

TEST(BudgetWindow, AfterALongSleepTheCurrentWindowIsThere) {
  const BudgetWindow window =
      window_at(period("1mo"), cctz::utc_time_zone(), at("2001-01-01T00:00:00+00:00"), at("2026-11-25T00:00:00+00:00"));
  EXPECT_EQ(window.begin, at("2026-11-01T00:00:00+00:00"));
}

TEST(BudgetWindow, InstantsBeyondAllCalendarsAreBounded) {
  for (const std::string text : {"1s", "36h", "1d", "100y", "1w"}) {
    for (const WallTime now : {WallTime::min(), WallTime::max()}) {
      const BudgetWindow window = window_at(period(text), cctz::utc_time_zone(), now, now);
      EXPECT_LT(window.begin, window.end);
    }
  }
  EXPECT_TRUE(endless_window().contains(WallTime{}));
}

// Windows tile the time line: each instant of a window has that window, and the next begins where it ends.
TEST(BudgetWindow, TileTheTimeLine) {
  const std::uint64_t seed = test::seed();
  SCOPED_TRACE("STARGATE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> places = {"UTC",          "Europe/Berlin", "America/St_Johns",  "Australia/Lord_Howe",
                                           "Africa/Cairo", "Pacific/Apia",  "America/Sao_Paulo", "Asia/Kathmandu"};
  const std::vector<std::string> lengths = {"30s", "7m", "1h", "5h", "1d", "3d", "1w", "2w", "1mo", "5mo", "1y", "36h"};
  const WallTime first = at("2005-01-01T00:00:00+00:00");
  for (int step = 0; step < 20'000; ++step) {
    const cctz::time_zone place = zone(places[random() % places.size()]);
    const BudgetPeriod length = period(lengths[random() % lengths.size()]);
    const auto instant = [&] { return first + std::chrono::seconds(random() % (60ULL * 365 * 86'400)); };
    const WallTime anchor = instant();
    const WallTime now = instant();
    const BudgetWindow window = window_at(length, place, anchor, now);
    ASSERT_TRUE(window.contains(now)) << told(place, now);
    ASSERT_EQ(window_at(length, place, anchor, window.begin), window);
    ASSERT_EQ(window_at(length, place, anchor, window.end - std::chrono::seconds(1)), window);
    ASSERT_EQ(window_at(length, place, anchor, window.end).begin, window.end);
  }
}

}  // namespace
}  // namespace stargate::policy
