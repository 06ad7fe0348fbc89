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

}  // namespace
}  // namespace stargate::base
