#include "sim/directives.h"

#include <gtest/gtest.h>

namespace stargate::sim {
namespace {

Directives read(std::string_view text) {
  Directives directives;
  read_directives(text, directives);
  return directives;
}

TEST(Directives, TextLengthWithItsUnit) {
  EXPECT_EQ(read("please [[sim text=200 tokens]] thanks").text_tokens, 200);
  EXPECT_EQ(read("[[sim text=7]]").text_tokens, 7);
}

TEST(Directives, ToolInputMayHoldBracketsAndQuotes) {
  const auto found = read(R"(x [[sim tool=Write {"file_path":"/tmp/a","content":"[[1]] \"}\" ","n":[[1]]}]] y)");
  ASSERT_EQ(found.tools.size(), 1U);
  EXPECT_EQ(found.tools[0].name, "Write");
  EXPECT_EQ(found.tools[0].input, R"({"file_path":"/tmp/a","content":"[[1]] \"}\" ","n":[[1]]})");
}

TEST(Directives, SeveralDirectivesAddUp) {
  const auto found = read("[[sim tool=a {}]] and [[sim tool=b]] [[sim say=\"two\\nlines\" think=5]]");
  ASSERT_EQ(found.tools.size(), 2U);
  EXPECT_EQ(found.tools[1].input, "");
  EXPECT_EQ(found.say, "two\nlines");
  EXPECT_EQ(found.think_tokens, 5);
}

TEST(Directives, FaultWithItsMembers) {
  const auto found = read("[[sim fault=throttle times=2 message=\"slow down\" retry_after=3]]");
  ASSERT_EQ(found.faults.size(), 1U);
  const Fault& fault = found.faults[0].fault;
  EXPECT_EQ(fault.status, 429);
  EXPECT_EQ(fault.times, 2);
  EXPECT_EQ(fault.message, "slow down");
  EXPECT_EQ(fault.retry_after_s, 3);
}

TEST(Directives, WhatDoesNotEndIsNoDirective) {
  const auto found = read("[[sim text=5 and [[sim say={\"a\": ]]");
  EXPECT_FALSE(found.text_tokens);
  EXPECT_FALSE(found.say);
}

TEST(Directives, ValueEndsAtTheBrackets) {
  EXPECT_EQ(read("[[sim stop=refusal]]").stop_reason, "refusal");
  EXPECT_EQ(read("[[sim ttft_ms=5 tps=9]]").tokens_per_second, 9);
}

}  // namespace
}  // namespace stargate::sim
