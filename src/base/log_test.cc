#include "base/log.h"

#include <gtest/gtest.h>

namespace stargate::base {
namespace {

TEST(LogLine, JsonEscapesWhatAValueHolds) {
  EXPECT_EQ(
      format_line(LogForm::kJson, LogLevel::kWarn, "upstream.refused",
                  {{"request_id", "r1"}, {"message", "a \"b\"\nc"}, {"status", 400}, {"again", true}}),
      R"("level":"warn","event":"upstream.refused","request_id":"r1","message":"a \"b\"\u000ac","status":400,"again":true)");
}

TEST(LogLine, HumanStaysOnOneLine) {
  EXPECT_EQ(format_line(LogForm::kHuman, LogLevel::kInfo, "ready", {{"listen", "0.0.0.0:4000"}, {"note", "a\nb"}}),
            "info  ready listen=0.0.0.0:4000 note=\"a\\u000ab\"");
}

TEST(LogLine, RealNumbersHaveThreeDecimals) {
  EXPECT_EQ(format_line(LogForm::kJson, LogLevel::kInfo, "e",
                        {{"a", 12.3456}, {"b", -0.0015}, {"c", 0.0}, {"d", 999.9996}, {"e", 1e17}}),
            R"("level":"info","event":"e","a":12.346,"b":-0.002,"c":0.000,"d":1000.000,"e":100000000000000000.000)");
}

}  // namespace
}  // namespace stargate::base
