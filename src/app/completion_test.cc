#include "app/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/cli.h"

namespace stargate::app {
namespace {

using ::testing::HasSubstr;

TEST(Completion, EveryShellKnowsEveryCommandAndFlag) {
  for (const std::string_view shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell);
    for (const CommandInfo& command : all_commands())
      EXPECT_THAT(script, HasSubstr(std::string(command.name))) << shell;
    for (const Flag& flag : all_flags()) {
      const std::string spelling = (shell == "fish" ? "-l " : "--") + std::string(flag.name);
      EXPECT_THAT(script, HasSubstr(spelling)) << shell;
    }
  }
  EXPECT_TRUE(completion_script("tcsh").empty());
}

TEST(Completion, BashCompletesCommandsFlagsAndChoices) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "stargate_completion.bash";
  std::ofstream(file) << completion_script("bash") << R"sh(
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _stargate; echo "${COMPREPLY[*]}"; }
set -e
[[ "$(try stargate mod)" == models ]]
[[ "$(try stargate serve --lis)" == --listen ]]
[[ "$(try stargate serve --log hu)" == human ]]
[[ "$(try stargate completion f)" == fish ]]
)sh";
  EXPECT_EQ(std::system(("bash " + file.string()).c_str()), 0);
}

}  // namespace
}  // namespace stargate::app
