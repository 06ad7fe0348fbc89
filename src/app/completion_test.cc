#include "app/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "app/cli.h"

namespace stargate::app {
namespace {

using ::testing::HasSubstr;

// The exit status of `bash <script>`, -1 when it did not run.
int run_bash(std::string script) {
  std::string bash = "bash";
  char* const arguments[] = {bash.data(), script.data(), nullptr};
  pid_t child = 0;
  int status = -1;
  if (::posix_spawnp(&child, "bash", nullptr, nullptr, arguments, environ) != 0) return -1;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

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
  EXPECT_EQ(run_bash(file.string()), 0);
}

}  // namespace
}  // namespace stargate::app
