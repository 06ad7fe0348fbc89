#include "llm/grammar/tool_names.h"

#include <gtest/gtest.h>

namespace stargate::llm::grammar {
namespace {

TEST(ToolNames, TakesWhatBedrockTakes) {
  EXPECT_TRUE(valid_tool_name("get_weather-2"));
  EXPECT_TRUE(valid_tool_name(std::string(kToolNameBytesMax, 'a')));
  EXPECT_FALSE(valid_tool_name(std::string(kToolNameBytesMax + 1, 'a')));
  EXPECT_FALSE(valid_tool_name(""));
  EXPECT_FALSE(valid_tool_name("a.b"));
  EXPECT_FALSE(valid_tool_name("größe"));
}

TEST(ToolNames, RewritesToValidNamesAlwaysAlike) {
  for (const std::string& name : {std::string("a.b"), std::string("größe"), std::string(300, 'x'), std::string(" ")}) {
    const std::string rewritten = rewritten_tool_name(name);
    EXPECT_TRUE(valid_tool_name(rewritten)) << rewritten;
    EXPECT_EQ(rewritten, rewritten_tool_name(name));
  }
}

TEST(ToolNames, KeepsDifferentNamesApart) {
  EXPECT_NE(rewritten_tool_name("a.b"), rewritten_tool_name("a/b"));
  EXPECT_NE(rewritten_tool_name(std::string(100, 'x')), rewritten_tool_name(std::string(101, 'x')));
  EXPECT_NE(rewritten_tool_id("call.1"), rewritten_tool_id("call:1"));
}

TEST(ToolNames, IdsMayBeLongButNotOdd) {
  EXPECT_TRUE(valid_tool_id(std::string(200, 'a')));
  EXPECT_FALSE(valid_tool_id("functions.f:0"));
  EXPECT_FALSE(valid_tool_id(""));
}

}  // namespace
}  // namespace stargate::llm::grammar
