#include "sim/faults.h"

#include <gtest/gtest.h>

namespace stargate::sim {
namespace {

class FaultBookTest : public ::testing::Test {
 protected:
  std::string add(std::string_view rules) {
    const auto document = codec::json::Document::parse_copy(rules);
    const auto added = book_.add(document->root());
    return added ? "" : added.error().message;
  }
  int status(std::string_view operation, std::string_view body = "", std::uint64_t random = 0) {
    const auto fault = book_.pick({.model = "us.anthropic.claude-haiku-4-5-20251001-v1:0",
                                   .operation = operation,
                                   .body = body,
                                   .random = random});
    return fault ? fault->status : 200;
  }
  FaultBook book_;
};

TEST_F(FaultBookTest, MatchesByOperationModelAndText) {
  EXPECT_EQ(
      add(R"([{"match":{"operation":"Converse","model":"haiku","contains":"boom"},"fault":{"kind":"throttle"}}])"), "");
  EXPECT_EQ(status("Converse", "a boom"), 429);
  EXPECT_EQ(status("Converse", "quiet"), 200);
  EXPECT_EQ(status("InvokeModel", "a boom"), 200);
}

TEST_F(FaultBookTest, TimesNthAndClear) {
  EXPECT_EQ(add(R"({"match":{"nth":2},"fault":{"kind":"503"}})"), "");
  EXPECT_EQ(status("InvokeModel"), 200);
  EXPECT_EQ(status("InvokeModel"), 503);
  EXPECT_EQ(status("InvokeModel"), 200);
  book_.clear();
  EXPECT_EQ(add(R"({"fault":{"kind":"status","status":418,"type":"TeapotException","times":1}})"), "");
  EXPECT_EQ(status("InvokeModel"), 418);
  EXPECT_EQ(status("InvokeModel"), 200);
}

TEST_F(FaultBookTest, RateUsesTheGivenRandomNumber) {
  EXPECT_EQ(add(R"({"fault":{"kind":"500"},"rate":0.25})"), "");
  EXPECT_EQ(status("InvokeModel", "", 0x3000000000000000U), 500);
  EXPECT_EQ(status("InvokeModel", "", 0x5000000000000000U), 200);
}

TEST_F(FaultBookTest, BadRulesSayWhy) {
  EXPECT_EQ(add(R"({"fault":{"kind":"nonsense"}})"), "unknown fault.kind: nonsense");
  EXPECT_EQ(add(R"({"fault":{"kind":"500","when":"now"}})"), "bad fault member: when");
  EXPECT_EQ(add(R"({})"), "a rule needs the member \"fault\"");
}

TEST_F(FaultBookTest, DirectivesAreCountedByTheirText) {
  Fault once;
  once.times = 1;
  EXPECT_TRUE(book_.take_directive("[[sim a]]", once));
  EXPECT_FALSE(book_.take_directive("[[sim a]]", once));
  EXPECT_TRUE(book_.take_directive("[[sim b]]", once));
}

}  // namespace
}  // namespace stargate::sim
