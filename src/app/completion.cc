#include "app/completion.h"

#include <vector>

#include "app/cli.h"

namespace stargate::app {
namespace {

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : " ") + std::string(word);
  return out;
}

std::string command_names() {
  std::vector<std::string_view> names;
  for (const CommandInfo& command : all_commands()) names.push_back(command.name);
  return joined(names);
}

// For the inside of single quotes.
std::string quotable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out;
}

std::string flag_names(CommandKind kind) {
  std::string out;
  for (const Flag& flag : all_flags()) {
    if (takes(flag, kind)) out += (out.empty() ? "--" : " --") + std::string(flag.name);
  }
  return out;
}

// What bash offers in the place of a value.
std::string bash_values(ValueKind kind, const std::vector<std::string_view>& choices) {
  if (kind == ValueKind::kChoice) return "COMPREPLY=($(compgen -W '" + joined(choices) + "' -- \"$current\"))";
  if (kind == ValueKind::kFile) return "COMPREPLY=($(compgen -f -- \"$current\"))";
  if (kind == ValueKind::kDirectory) return "COMPREPLY=($(compgen -d -- \"$current\"))";
  return "COMPREPLY=()";
}

std::string bash_script() {
  std::string out =
      "# bash completion for stargate\n"
      "_stargate() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  compopt -o filenames 2>/dev/null\n"
      "  case \"$previous\" in\n";
  for (const Flag& flag : all_flags()) {
    if (flag.value.empty()) continue;
    out += "    --" + std::string(flag.name);
    if (flag.letter != 0) out += std::string("|-") + flag.letter;
    out += ") " + bash_values(flag.kind, flag.choices) + "; return ;;\n";
  }
  out += "  esac\n  case \"${COMP_WORDS[1]}\" in\n";
  for (const CommandInfo& command : all_commands()) {
    out += "    " + std::string(command.name) + ")\n";
    out += "      if [[ $COMP_CWORD -gt 1 ]]; then\n";
    out += "        if [[ \"$current\" == -* ]]; then\n";
    out += "          COMPREPLY=($(compgen -W '" + flag_names(command.kind) + "' -- \"$current\"))\n";
    out += "        else\n          " + bash_values(command.operand_kind, command.operand_choices) + "\n        fi\n";
    out += "        return\n      fi ;;\n";
  }
  out += "  esac\n  COMPREPLY=($(compgen -W '" + command_names() + "' -- \"$current\"))\n}\n";
  return out + "complete -F _stargate stargate\n";
}

std::string zsh_action(ValueKind kind, const std::vector<std::string_view>& choices) {
  if (kind == ValueKind::kChoice) return "(" + joined(choices) + ")";
  if (kind == ValueKind::kFile) return "_files";
  if (kind == ValueKind::kDirectory) return "_files -/";
  return " ";
}

// "[...]" and ":" have a meaning in zsh's specifications.
std::string zsh_quotable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return quotable(out);
}

std::string zsh_flag(const Flag& flag) {
  const std::string rest =
      "[" + zsh_quotable(flag.summary) + "]" +
      (flag.value.empty() ? "" : ":" + zsh_quotable(flag.value) + ":" + zsh_action(flag.kind, flag.choices));
  std::string out = "        '--" + std::string(flag.name) + rest + "' \\\n";
  if (flag.letter != 0) out += std::string("        '-") + flag.letter + rest + "' \\\n";
  return out;
}

std::string zsh_script() {
  std::string out =
      "#compdef stargate\n"
      "_stargate() {\n"
      "  local -a commands\n"
      "  commands=(\n";
  for (const CommandInfo& command : all_commands()) {
    out += "    '" + std::string(command.name) + ":" + quotable(command.summary) + "'\n";
  }
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe 'command' commands\n"
      "    return\n"
      "  fi\n"
      "  local name=$words[2]\n"
      "  shift words; (( CURRENT-- ))\n"
      "  case $name in\n";
  for (const CommandInfo& command : all_commands()) {
    out += "    " + std::string(command.name) + ")\n      _arguments \\\n";
    for (const Flag& flag : all_flags()) {
      if (takes(flag, command.kind)) out += zsh_flag(flag);
    }
    if (!command.operand.empty()) {
      out += "        '1:" + std::string(command.operand) + ":" +
             zsh_action(command.operand_kind, command.operand_choices) + "' \\\n";
    }
    out += "        && return ;;\n";
  }
  return out + "  esac\n}\n_stargate \"$@\"\n";
}

std::string fish_script() {
  std::string out = "# fish completion for stargate\ncomplete -c stargate -f\n";
  for (const CommandInfo& command : all_commands()) {
    out += "complete -c stargate -n __fish_use_subcommand -a " + std::string(command.name) + " -d '" +
           quotable(command.summary) + "'\n";
    const std::string here = "complete -c stargate -n '__fish_seen_subcommand_from " + std::string(command.name) + "'";
    for (const Flag& flag : all_flags()) {
      if (!takes(flag, command.kind)) continue;
      out += here + " -l " + std::string(flag.name);
      if (flag.letter != 0) out += std::string(" -s ") + flag.letter;
      if (!flag.value.empty()) out += " -r";
      if (flag.kind == ValueKind::kFile) out += " -F";
      if (flag.kind == ValueKind::kDirectory) out += " -a '(__fish_complete_directories)'";
      if (flag.kind == ValueKind::kChoice) out += " -a '" + joined(flag.choices) + "'";
      out += " -d '" + quotable(flag.summary) + "'\n";
    }
    if (command.operand_kind == ValueKind::kFile) out += here + " -F\n";
    if (command.operand_kind == ValueKind::kChoice) out += here + " -a '" + joined(command.operand_choices) + "'\n";
  }
  return out;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  return {};
}

}  // namespace stargate::app
