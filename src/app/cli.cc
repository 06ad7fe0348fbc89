#include "app/cli.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/suggest.h"

namespace stargate::app {
namespace {

Failure bad(std::string message) { return base::client_error(ErrorCode::kBadRequest, std::move(message)); }

const CommandInfo* find_command(std::string_view name) {
  const auto commands = all_commands();
  const auto found = std::ranges::find(commands, name, &CommandInfo::name);
  return found == commands.end() ? nullptr : &*found;
}

const CommandInfo& info_of(CommandKind kind) { return *std::ranges::find(all_commands(), kind, &CommandInfo::kind); }

Failure unknown_command(std::string_view name) {
  std::vector<std::string_view> names;
  for (const CommandInfo& command : all_commands()) names.push_back(command.name);
  const std::string close = policy::closest(name, names);
  return bad("there is no command '" + std::string(name) + "'" +
             (close.empty() ? ". See: stargate --help" : ". Did you mean '" + close + "'?"));
}

Failure unknown_flag(std::string_view name, CommandKind kind) {
  std::vector<std::string_view> names;
  for (const Flag& flag : all_flags()) {
    if (takes(flag, kind)) names.push_back(flag.name);
  }
  const std::string_view bare = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  const std::string close = policy::closest(bare, names);
  const std::string command(info_of(kind).name);
  return bad("'" + command + "' has no flag '" + std::string(name) + "'" +
             (close.empty() ? ". See: stargate " + command + " --help" : ". Did you mean '--" + close + "'?"));
}

Command command_of(CommandKind kind, bool brief) {
  Command command;
  command.kind = kind;
  command.help_brief = brief;
  return command;
}

// Walks over the arguments of one command.
class ArgumentReader {
 public:
  // `named`: the command was written out; otherwise help is that of the whole program.
  ArgumentReader(const CommandInfo& info, std::span<const std::string> rest, bool named)
      : info_(&info), rest_(rest), named_(named) {
    command_.kind = info.kind;
  }

  Result<Command> read() {
    bool only_operands = false;
    while (!rest_.empty()) {
      const std::string argument = rest_.front();
      rest_ = rest_.subspan(1);
      Result<void> done;
      if (argument == "--" && !only_operands) {
        only_operands = true;
      } else if (!only_operands && argument.size() > 1 && argument.starts_with('-')) {
        done = read_flag(argument);
      } else {
        done = read_operand(argument);
      }
      if (!done) return Failure(done.error());
      if (help_) return help();
    }
    if (info_->operand_required && !has_operand_) {
      return bad("'" + std::string(info_->name) + "' needs a " + std::string(info_->operand) + ": stargate " +
                 std::string(info_->name) + " " + std::string(info_->operand));
    }
    return std::move(command_);
  }

 private:
  Command help() {
    Command command;
    command.kind = CommandKind::kHelp;
    command.help_for = named_ ? std::string(info_->name) : std::string();
    command.help_brief = brief_;
    return command;
  }

  // "--name value", "--name=value", "-n value", "-nvalue".
  Result<void> read_flag(const std::string& argument) {
    const bool is_long = argument.starts_with("--");
    const std::size_t equals = is_long ? argument.find('=') : std::string::npos;
    const std::string_view name =
        is_long ? std::string_view(argument).substr(2, equals == std::string::npos ? std::string::npos : equals - 2)
                : std::string_view(argument).substr(1, 1);
    const auto flags = all_flags();
    const auto flag = std::ranges::find_if(flags, [&](const Flag& f) {
      if (!takes(f, info_->kind)) return false;
      return is_long ? f.name == name || (!f.alias.empty() && f.alias == name) : f.letter == name[0];
    });
    if (flag == flags.end()) return unknown_flag(argument.substr(0, equals), info_->kind);
    if (flag->name == "help") {
      help_ = true;
      brief_ = !is_long;
      return {};
    }
    std::optional<std::string> attached;
    if (equals != std::string::npos) attached = argument.substr(equals + 1);
    if (!is_long && argument.size() > 2) attached = argument.substr(2);
    return apply(*flag, std::move(attached));
  }

  Result<void> apply(const Flag& flag, std::optional<std::string> text) {
    const std::string name = "--" + std::string(flag.name);
    if (flag.value.empty()) {
      if (text) return bad(name + " takes no value");
      flag.apply(command_, {});
      return {};
    }
    if (!text) {
      if (rest_.empty()) return bad(name + " needs a value: " + name + " " + std::string(flag.value));
      text = rest_.front();
      rest_ = rest_.subspan(1);
    }
    if (flag.kind == ValueKind::kChoice && std::ranges::find(flag.choices, *text) == flag.choices.end()) {
      return bad(name + " takes one of " + list_of(flag.choices) + ", not '" + *text + "'");
    }
    if (flag.flaw != nullptr) {
      if (const std::string flaw = flag.flaw(*text); !flaw.empty()) return bad(name + ": '" + *text + "' " + flaw);
    }
    flag.apply(command_, *text);
    return {};
  }

  Result<void> read_operand(const std::string& text) {
    if (info_->operand.empty() || has_operand_) {
      return bad("'" + std::string(info_->name) + "' does not take the argument '" + text + "'");
    }
    if (info_->operand_kind == ValueKind::kChoice &&
        std::ranges::find(info_->operand_choices, text) == info_->operand_choices.end()) {
      return bad("'" + std::string(info_->name) + "' takes one of " + list_of(info_->operand_choices) + ", not '" +
                 text + "'");
    }
    has_operand_ = true;
    if (info_->kind == CommandKind::kCheckConfig) command_.config_file = text;
    if (info_->kind == CommandKind::kCompletion) command_.shell = text;
    if (info_->kind == CommandKind::kHelp) command_.help_for = text;
    return {};
  }

  static std::string list_of(const std::vector<std::string_view>& words) {
    std::string out;
    for (const std::string_view word : words) out += (out.empty() ? "" : ", ") + std::string(word);
    return out;
  }

  const CommandInfo* info_;
  std::span<const std::string> rest_;
  bool named_;
  Command command_;
  bool has_operand_ = false;
  bool help_ = false;
  bool brief_ = false;
};

}  // namespace

bool takes(const Flag& flag, CommandKind kind) { return std::ranges::find(flag.commands, kind) != flag.commands.end(); }

Result<Command> parse_args(const std::vector<std::string>& args) {
  const std::span<const std::string> all(args);
  if (args.empty()) return command_of(CommandKind::kHelp, true);
  if (args[0] == "--version" || args[0] == "-V") return command_of(CommandKind::kVersion, false);
  if (args[0].starts_with('-')) {
    return ArgumentReader(info_of(CommandKind::kServe), all, false).read();
  }
  const CommandInfo* info = find_command(args[0]);
  if (info == nullptr) return unknown_command(args[0]);
  return ArgumentReader(*info, all.subspan(1), true).read();
}

std::string version_text() { return "stargate " STARGATE_VERSION "\n"; }

}  // namespace stargate::app
