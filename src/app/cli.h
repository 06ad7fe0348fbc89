// The command line: one table of commands and one object per flag, from which parsing, help and shell completion come.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "base/error.h"

namespace stargate::app {

enum class CommandKind : std::uint8_t { kServe, kCheckConfig, kModels, kVersion, kCompletion, kHelp };

// What was asked for. `config_file` empty: the environment variable STARGATE_CONFIG, else the built-in configuration.
struct Command {
  CommandKind kind = CommandKind::kServe;
  std::string config_file;
  Overrides overrides;
  bool json = false;        // models
  std::string shell;        // completion
  std::string help_for;     // help: name of a command, or empty
  bool help_brief = false;  // -h
};

// How a shell completes a value.
enum class ValueKind : std::uint8_t { kNone, kFile, kDirectory, kChoice, kText };

struct Flag {
  std::string_view name = {};   // "listen": "--listen"
  char letter = 0;              // 'l': "-l"; 0: none
  std::string_view alias = {};  // LiteLLM's spelling; accepted, not shown in the overview
  std::string_view value = {};  // "ADDR:PORT"; empty: a switch
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string_view> choices = {};
  std::string_view summary = {};  // one line
  std::string_view details = {};  // for the long help
  std::vector<CommandKind> commands = {};
  // Why a value cannot be meant, as the rest of a sentence; empty when it can. Null: any text will do.
  std::string (*flaw)(const std::string& text) = nullptr;
  void (*apply)(Command& command, const std::string& text) = nullptr;
};

struct CommandInfo {
  CommandKind kind = CommandKind::kServe;
  std::string_view name = {};
  std::string_view operand = {};  // "FILE"; empty: takes none
  bool operand_required = false;
  ValueKind operand_kind = ValueKind::kNone;
  std::vector<std::string_view> operand_choices = {};
  std::string_view summary = {};
  std::string_view details = {};
  std::string_view examples = {};
};

std::span<const Flag> all_flags();
std::span<const CommandInfo> all_commands();
bool takes(const Flag& flag, CommandKind kind);

// `args` without the program's name. Without a command but with flags: serve, so that a LiteLLM command line works.
// Errors: kBadRequest with a text for standard error, with the closest flag or command where there is one.
Result<Command> parse_args(const std::vector<std::string>& args);

// The text of --help (whole program when `command` is empty); brief: one line per flag.
std::string help_text(std::string_view command, bool brief);
std::string version_text();

}  // namespace stargate::app
