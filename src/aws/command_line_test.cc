#include "aws/command_line.h"

#include <gtest/gtest.h>

namespace stargate::aws {
namespace {

using Words = std::vector<std::string>;

TEST(CommandLine, splits_like_a_shell_without_being_one) {
  EXPECT_EQ(split_command_line("/bin/tool  --a\tb"), (Words{"/bin/tool", "--a", "b"}));
  EXPECT_EQ(split_command_line(R"("C D/tool" 'x "y" $z' a\ b "q\"\\\n")"),
            (Words{"C D/tool", "x \"y\" $z", "a b", "q\"\\\\n"}));
  EXPECT_EQ(split_command_line(R"(a '' "" b'c'd)"), (Words{"a", "", "", "bcd"}));
  EXPECT_EQ(split_command_line("tool $(id) `id` ~ *; rm"), (Words{"tool", "$(id)", "`id`", "~", "*;", "rm"}));
  EXPECT_EQ(split_command_line("tool\n--json"), (Words{"tool", "--json"}));
}

TEST(CommandLine, refuses_what_cannot_be_run) {
  EXPECT_FALSE(split_command_line(""));
  EXPECT_FALSE(split_command_line("  "));
  EXPECT_FALSE(split_command_line("a 'b"));
  EXPECT_FALSE(split_command_line("a \"b"));
  EXPECT_FALSE(split_command_line(std::string_view("a\0b", 3)));
  std::string many;
  for (std::size_t i = 0; i <= kArgumentsMax; ++i) many += "a ";
  EXPECT_FALSE(split_command_line(many));
}

}  // namespace
}  // namespace stargate::aws
