#include "aws/timestamp.h"

#include <gtest/gtest.h>

#include <chrono>

namespace stargate::aws {
namespace {

using namespace std::chrono_literals;

const WallTime kNoon = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) + 12h;

TEST(Timestamp, reads_the_forms_of_credential_documents) {
  EXPECT_EQ(parse_iso8601("2026-03-01T12:00:00Z"), kNoon);
  EXPECT_EQ(parse_iso8601("2026-03-01T12:00:00.250Z"), kNoon + 250ms);
  EXPECT_EQ(parse_iso8601("2026-03-01T14:30:00+02:30"), kNoon);
  EXPECT_EQ(parse_iso8601("2026-03-01T04:00:00-0800"), kNoon);
  EXPECT_EQ(parse_iso8601("2026-03-01T12:00:00UTC"), kNoon);
  EXPECT_EQ(parse_iso8601("2026-03-01T12:00:00.1234567891Z"), kNoon + 123456789ns);
}

TEST(Timestamp, refuses_what_is_no_time) {
  for (const char* bad :
       {"", "2026", "2026-03-01", "2026-03-01T12:00:00", "2026-03-01 12:00:00Z", "2026-13-01T12:00:00Z",
        "2026-02-30T12:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z", "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00Zx", "2026-03-01T12:00:00+99:00", "9999-01-01T00:00:00Z", "20260301T120000Z",
        "2026-03-01T12:00:0xZ"}) {
    EXPECT_FALSE(parse_iso8601(bad)) << bad;
  }
}

TEST(Timestamp, reads_signing_and_http_dates) {
  EXPECT_EQ(parse_amz_date("20260301T120000Z"), kNoon);
  EXPECT_FALSE(parse_amz_date("20260301T120000"));
  EXPECT_FALSE(parse_amz_date("2026-03-01T12:00:00Z"));
  EXPECT_EQ(parse_http_date("Sun, 01 Mar 2026 12:00:00 GMT"), kNoon);
  EXPECT_FALSE(parse_http_date("Sunday, 01-Mar-26 12:00:00 GMT"));
  EXPECT_FALSE(parse_http_date("Sun, 01 Foo 2026 12:00:00 GMT"));
  EXPECT_FALSE(parse_http_date("Su"));
}

TEST(Timestamp, writes_what_it_reads) { EXPECT_EQ(format_iso8601(kNoon + 7s), "2026-03-01T12:00:07Z"); }

}  // namespace
}  // namespace stargate::aws
