#include "llm/grammar/openai_chat_parts.h"

#include <gtest/gtest.h>

namespace stargate::llm::grammar {
namespace {

TEST(Blank, SeesWhiteSpaceThroughEscapes) {
  EXPECT_TRUE(blank(""));
  EXPECT_TRUE(blank(" \t\n"));
  EXPECT_TRUE(blank(R"( \n\t\r\f )"));
  EXPECT_TRUE(blank(R"(\u0020\u000a)"));
}

TEST(Blank, IsNotFooledByText) {
  EXPECT_FALSE(blank("a"));
  EXPECT_FALSE(blank(R"(\n.)"));
  EXPECT_FALSE(blank(R"(\\n)"));  // a backslash and an n
  EXPECT_FALSE(blank(R"(\u0041)"));
  EXPECT_FALSE(blank(R"(\"\")"));
}

}  // namespace
}  // namespace stargate::llm::grammar
