#include "app/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stargate::app {
namespace {

using ::testing::HasSubstr;

Command parsed(const std::vector<std::string>& args) {
  auto command = parse_args(args);
  if (!command) {
    ADD_FAILURE() << command.error().message;
    return {};
  }
  return *command;
}

std::string refusal(const std::vector<std::string>& args) {
  const auto command = parse_args(args);
  return command ? "accepted" : command.error().message;
}

TEST(Cli, ServeWithFlagsInEveryForm) {
  const Command command =
      parsed({"serve", "--config", "a.yaml", "--listen=[::1]:1", "-t4", "--log", "human", "-d", "x"});
  EXPECT_EQ(command.kind, CommandKind::kServe);
  EXPECT_EQ(command.config_file, "a.yaml");
  EXPECT_EQ(command.overrides.listen, "[::1]:1");
  EXPECT_EQ(command.overrides.threads, "4");
  EXPECT_EQ(command.overrides.log_form, "human");
  EXPECT_EQ(command.overrides.data_dir, "x");
}

TEST(Cli, ALiteLlmCommandLineWorks) {
  const Command command = parsed({"--config", "c.yaml", "--port", "8000", "--host", "127.0.0.1", "--num_workers", "8"});
  EXPECT_EQ(command.kind, CommandKind::kServe);
  EXPECT_EQ(command.overrides.port, "8000");
  EXPECT_EQ(command.overrides.host, "127.0.0.1");
  EXPECT_EQ(command.overrides.threads, "8");
}

TEST(Cli, OtherCommands) {
  EXPECT_EQ(parsed({"check-config", "c.yaml"}).config_file, "c.yaml");
  EXPECT_TRUE(parsed({"models", "--json"}).json);
  EXPECT_EQ(parsed({"version"}).kind, CommandKind::kVersion);
  EXPECT_EQ(parsed({"--version"}).kind, CommandKind::kVersion);
  EXPECT_EQ(parsed({"completion", "zsh"}).shell, "zsh");
  EXPECT_EQ(parsed({"check-config", "--", "-odd.yaml"}).config_file, "-odd.yaml");
}

TEST(Cli, HelpOfTheProgramAndOfACommand) {
  EXPECT_TRUE(parsed({}).help_brief);
  EXPECT_EQ(parsed({"--help"}).help_for, "");
  EXPECT_FALSE(parsed({"--help"}).help_brief);
  EXPECT_EQ(parsed({"help", "serve"}).help_for, "serve");
  const Command command = parsed({"models", "-h"});
  EXPECT_EQ(command.kind, CommandKind::kHelp);
  EXPECT_EQ(command.help_for, "models");
  EXPECT_TRUE(command.help_brief);
}

TEST(Cli, MistakesAreAnsweredWithTheNextBestThing) {
  EXPECT_THAT(refusal({"srve"}), HasSubstr("'serve'"));
  EXPECT_THAT(refusal({"serve", "--lisen", "x"}), HasSubstr("--listen"));
  EXPECT_THAT(refusal({"serve", "--listen"}), HasSubstr("needs a value"));
  EXPECT_THAT(refusal({"serve", "--log", "xml"}), HasSubstr("json, human"));
  EXPECT_THAT(refusal({"models", "--json=yes"}), HasSubstr("no value"));
  EXPECT_THAT(refusal({"check-config"}), HasSubstr("FILE"));
  EXPECT_THAT(refusal({"check-config", "a", "b"}), HasSubstr("'b'"));
  EXPECT_THAT(refusal({"completion", "tcsh"}), HasSubstr("bash, zsh, fish"));
  EXPECT_THAT(refusal({"version", "--json"}), HasSubstr("no flag"));
  EXPECT_THAT(refusal({"serve", "-x"}), HasSubstr("no flag"));
  EXPECT_THAT(refusal({"serve", "extra"}), HasSubstr("extra"));
}

TEST(Cli, ValuesThatCannotBeMeantAreMistakesOfTheCommandLine) {
  for (const char* listen : {"", "1:2:3", "0.0.0.0:99999", "[::1", "localhost:4000", ":", "::1"}) {
    EXPECT_THAT(refusal({"serve", "--listen", listen}), HasSubstr("127.0.0.1:4000")) << listen;
  }
  for (const char* listen : {"4000", ":0", "127.0.0.1", "[::]:4000"}) {
    EXPECT_EQ(refusal({"serve", "-l", listen}), "accepted") << listen;
  }
  EXPECT_THAT(refusal({"--port", "70000"}), HasSubstr("0 to 65535"));
  EXPECT_THAT(refusal({"--host", "gateway.example"}), HasSubstr("no numeric address"));
  EXPECT_THAT(refusal({"--num_workers", "many"}), HasSubstr("a number from 1"));
}

TEST(Cli, EveryFlagStandsInTheHelpOfItsCommands) {
  for (const CommandInfo& command : all_commands()) {
    const std::string full = help_text(command.name, false);
    const std::string brief = help_text(command.name, true);
    for (const Flag& flag : all_flags()) {
      if (!takes(flag, command.kind)) continue;
      EXPECT_THAT(full, HasSubstr("--" + std::string(flag.name))) << command.name;
      EXPECT_THAT(brief, HasSubstr("--" + std::string(flag.name))) << command.name;
    }
    EXPECT_THAT(help_text("", false), HasSubstr(std::string(command.name)));
  }
}

TEST(Cli, HelpFitsATerminal) {
  for (const std::string_view command : {"", "serve", "check-config", "models", "completion"}) {
    std::string text = help_text(command, false);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      EXPECT_LE(end - begin, 116U) << text.substr(begin, end - begin);
      begin = end + 1;
    }
  }
}

}  // namespace
}  // namespace stargate::app
