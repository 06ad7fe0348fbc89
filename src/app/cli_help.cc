#include <algorithm>

#include "app/cli.h"

namespace stargate::app {
namespace {

constexpr std::size_t kSummaryColumn = 28;

std::string indented(std::string_view text, std::size_t columns) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out += std::string(columns, ' ');
    out += text.substr(0, end);
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string columns(std::string left, std::string_view right) {
  left.resize(std::max(kSummaryColumn, left.size() + 2), ' ');
  return left + std::string(right) + "\n";
}

std::string spelling(const Flag& flag) {
  std::string out = "  ";
  out += flag.letter == 0 ? "    " : std::string("-") + flag.letter + ", ";
  out += "--" + std::string(flag.name);
  if (!flag.value.empty()) out += " " + std::string(flag.value);
  return out;
}

std::string flags_text(CommandKind kind, bool brief) {
  std::string out;
  for (const Flag& flag : all_flags()) {
    if (!takes(flag, kind)) continue;
    if (brief) {
      out += columns(spelling(flag), flag.summary);
      continue;
    }
    out += spelling(flag) + "\n" + indented(flag.summary, 10);
    if (!flag.choices.empty()) {
      std::string choices;
      for (const std::string_view choice : flag.choices) choices += (choices.empty() ? "" : ", ") + std::string(choice);
      out += indented("One of: " + choices, 10);
    }
    out += indented(flag.details, 10) + "\n";
  }
  return out;
}

std::string usage_of(const CommandInfo& command) {
  std::string out = "stargate " + std::string(command.name) + " [FLAGS]";
  if (command.operand.empty()) return out;
  const std::string operand(command.operand);
  return out + (command.operand_required ? " " + operand : " [" + operand + "]");
}

std::string command_help(const CommandInfo& command, bool brief) {
  std::string out = std::string(command.summary) + "\n\nUsage: " + usage_of(command) + "\n";
  if (!brief && !command.details.empty()) out += "\n" + indented(command.details, 0);
  out += "\nFlags:\n" + flags_text(command.kind, brief);
  if (!command.examples.empty()) out += (brief ? "\nExamples:\n" : "Examples:\n") + indented(command.examples, 2);
  return out;
}

std::string program_help(bool brief) {
  std::string out =
      "Stargate: an LLM gateway for AWS Bedrock that speaks the OpenAI and Anthropic APIs\n\n"
      "Usage: stargate COMMAND [FLAGS]\n\nCommands:\n";
  for (const CommandInfo& command : all_commands()) {
    std::string left = "  " + std::string(command.name);
    if (!command.operand.empty()) left += " " + std::string(command.operand);
    out += columns(left, command.summary);
  }
  out += "\nFlags of serve, which is also meant when flags stand without a command:\n";
  out += flags_text(CommandKind::kServe, true);
  if (brief) return out + "\nMore: stargate --help, stargate COMMAND --help\n";
  return out +
         "\nTo begin:\n"
         "  stargate serve                           # built-in configuration, AWS credentials from the environment\n"
         "  export ANTHROPIC_BASE_URL=http://localhost:4000\n"
         "  export ANTHROPIC_AUTH_TOKEN=sk-...        # the key that serve shows at its first start\n"
         "  claude\n"
         "\nEnvironment:\n"
         "  STARGATE_CONFIG, STARGATE_LISTEN, STARGATE_THREADS, STARGATE_LOG, STARGATE_LOG_LEVEL, STARGATE_DATA_DIR\n"
         "                            The flags of the same names; a flag is stronger\n"
         "  STARGATE_MASTER_KEY       Stronger than general_settings.master_key; LITELLM_MASTER_KEY only fills in\n"
         "  AWS_REGION_NAME, AWS_REGION, AWS_DEFAULT_REGION\n"
         "                            Region of deployments that name none [us-west-2]\n"
         "  AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID, AWS_PROFILE, ...\n"
         "                            Credentials, in the order of the AWS SDKs\n"
         "  AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_ENDPOINT_URL\n"
         "                            Another address than AWS's own (a VPC endpoint, stargate-sim)\n"
         "  HTTPS_PROXY, NO_PROXY     Proxy for calls to AWS\n";
}

}  // namespace

std::string help_text(std::string_view command, bool brief) {
  const auto commands = all_commands();
  const auto found = std::ranges::find(commands, command, &CommandInfo::name);
  return found == commands.end() ? program_help(brief) : command_help(*found, brief);
}

}  // namespace stargate::app
