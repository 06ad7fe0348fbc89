// The tables. Texts wrap at 100 columns by hand, indentation is added by the help.
#include <utility>

#include "app/cli.h"
#include "app/config_reader.h"
#include "app/config_sections.h"

namespace stargate::app {
namespace {

using enum CommandKind;

void set_config(Command& c, const std::string& text) { c.config_file = text; }
void set_listen(Command& c, const std::string& text) { c.overrides.listen = text; }
void set_host(Command& c, const std::string& text) { c.overrides.host = text; }
void set_port(Command& c, const std::string& text) { c.overrides.port = text; }
void set_threads(Command& c, const std::string& text) { c.overrides.threads = text; }
void set_log(Command& c, const std::string& text) { c.overrides.log_form = text; }
void set_log_level(Command& c, const std::string& text) { c.overrides.log_level = text; }
void set_data_dir(Command& c, const std::string& text) { c.overrides.data_dir = text; }
std::string listen_flaw(const std::string& text) {
  ListenAddress any;
  return parse_listen(text, any) ? "" : "is not ADDRESS:PORT with a numeric address, such as 127.0.0.1:4000";
}
std::string host_flaw(const std::string& text) {
  return text.empty() || is_numeric_address(text) ? "" : "is no numeric address, such as 127.0.0.1 or ::1";
}
std::string port_flaw(const std::string& text) {
  const auto port = parse_integer(text);
  return port && *port >= 0 && *port <= kPortMax ? "" : "is no port: a number from 0 to 65535";
}
std::string threads_flaw(const std::string& text) {
  const auto threads = parse_integer(text);
  return threads && *threads >= 0 && *threads <= kWorkerThreadsMax
             ? ""
             : "does not fit: a number from 1, or 0 for one per core";
}
void set_json(Command& c, const std::string& /*text*/) { c.json = true; }
void set_help(Command& c, const std::string& /*text*/) { c.kind = kHelp; }

std::vector<Flag> address_flags() {
  return {
      {.name = "config",
       .letter = 'c',
       .value = "FILE",
       .kind = ValueKind::kFile,
       .summary = "Configuration file (LiteLLM's config.yaml grammar)",
       .details =
           "The file to serve from. Without it the environment variable STARGATE_CONFIG names one; without that\n"
           "the built-in configuration serves the current Claude models of Bedrock under their usual names.\n"
           "SIGHUP reads the file again without dropping a request.",
       .commands = {kServe, kModels},
       .apply = set_config},
      {.name = "listen",
       .letter = 'l',
       .value = "ADDR:PORT",
       .kind = ValueKind::kText,
       .summary = "Address and port to serve on [0.0.0.0:4000]",
       .details = "IPv6 goes in brackets: [::]:4000. An address alone keeps the port, a port alone the address.\n"
                  "Overrides stargate.listen and the variable STARGATE_LISTEN.",
       .commands = {kServe},
       .flaw = listen_flaw,
       .apply = set_listen},
      {.name = "host",
       .value = "ADDR",
       .kind = ValueKind::kText,
       .summary = "Address alone, as LiteLLM's flag has it",
       .details = "Stronger than --listen.",
       .commands = {kServe},
       .flaw = host_flaw,
       .apply = set_host},
      {.name = "port",
       .letter = 'p',
       .value = "PORT",
       .kind = ValueKind::kText,
       .summary = "Port alone, as LiteLLM's flag has it",
       .details = "Stronger than --listen.",
       .commands = {kServe},
       .flaw = port_flaw,
       .apply = set_port},
  };
}

std::vector<Flag> other_flags() {
  return {
      {.name = "threads",
       .letter = 't',
       .alias = "num_workers",
       .value = "N",
       .kind = ValueKind::kText,
       .summary = "Worker threads [0: one per core]",
       .details = "Each worker has its own listening socket and connections. Overrides stargate.worker_threads.\n"
                  "LiteLLM's --num_workers is taken for the same.",
       .commands = {kServe},
       .flaw = threads_flaw,
       .apply = set_threads},
      {.name = "log",
       .value = "FORM",
       .kind = ValueKind::kChoice,
       .choices = {"json", "human"},
       .summary = "Log as JSON lines or for human eyes [json]",
       .details = "Logs go to standard error, one event per line. They never hold a key, a header's secret or a body.",
       .commands = {kServe},
       .apply = set_log},
      {.name = "log-level",
       .value = "LEVEL",
       .kind = ValueKind::kChoice,
       .choices = {"debug", "info", "warn", "error"},
       .summary = "Least level that is logged [info]",
       .details = "",
       .commands = {kServe},
       .apply = set_log_level},
      {.name = "data-dir",
       .letter = 'd',
       .value = "DIR",
       .kind = ValueKind::kDirectory,
       .summary = "Where the gateway keeps its data [data]",
       .details =
           "Today: the generated master key (file master_key, readable by the owner only) when the configuration\n"
           "names none. Made when it does not exist.",
       .commands = {kServe},
       .apply = set_data_dir},
      {.name = "json",
       .letter = 'j',
       .summary = "Print JSON",
       .details = "Prices are dollars per token, under LiteLLM's names; a price that is not known is null.",
       .commands = {kModels},
       .apply = set_json},
      {.name = "help",
       .letter = 'h',
       .summary = "Show help: -h in brief, --help in full",
       .details = "",
       .commands = {kServe, kCheckConfig, kModels, kVersion, kCompletion, kHelp},
       .apply = set_help},
  };
}

std::vector<Flag> make_flags() {
  std::vector<Flag> flags = address_flags();
  std::vector<Flag> more = other_flags();
  for (Flag& flag : more) flags.push_back(std::move(flag));
  return flags;
}

std::vector<CommandInfo> make_commands() {
  return {
      {.kind = kServe,
       .name = "serve",
       .summary = "Serve the OpenAI and Anthropic APIs from Bedrock",
       .details =
           "Answers /v1/chat/completions, /v1/messages and their companions, with Claude on Amazon Bedrock behind\n"
           "them. AWS credentials come from the configuration or from the usual AWS places.\n\n"
           "SIGTERM and SIGINT drain: no new connection, streams finish, at most stargate.drain_deadline long.\n"
           "SIGHUP reads the configuration again; a file with errors is logged and not taken.\n\n"
           "Exit status: 0 after a drain, 1 when the configuration has errors, 2 for a command line that makes no\n"
           "sense, 3 when it cannot start (the port is taken, a certificate cannot be read).",
       .examples = "stargate serve\n"
                   "stargate serve --config config.yaml --listen 127.0.0.1:4000 --log human\n"
                   "AWS_REGION=eu-central-1 stargate serve --config config.yaml"},
      {.kind = kCheckConfig,
       .name = "check-config",
       .operand = "FILE",
       .operand_required = true,
       .operand_kind = ValueKind::kFile,
       .summary = "Check a configuration and say all that is wrong at once",
       .details =
           "Prints every error and warning with its line and what to write instead. A key that LiteLLM knows and\n"
           "Stargate does not support yet is a warning; one that neither knows is an error. Variables named by\n"
           "os.environ/NAME must be set, as they must be for serve. Nothing is contacted. FILE may be a pipe, and\n"
           "- is standard input.\n\n"
           "Exit status: 0 without errors (there may be warnings), 1 with errors.",
       .examples = "stargate check-config config.yaml\n"
                   "envsubst <config.yaml.in | stargate check-config -"},
      {.kind = kModels,
       .name = "models",
       .summary = "Show what would be served, from where, at what price",
       .details = "One line per deployment: the name that clients use, Bedrock's id, region or endpoint, context and\n"
                  "output sizes, and prices in dollars per million tokens with the day they were looked up.",
       .examples = "stargate models\n"
                   "stargate models --config config.yaml --json"},
      {.kind = kVersion, .name = "version", .summary = "Print the version", .details = "", .examples = ""},
      {.kind = kCompletion,
       .name = "completion",
       .operand = "SHELL",
       .operand_required = true,
       .operand_kind = ValueKind::kChoice,
       .operand_choices = {"bash", "zsh", "fish"},
       .summary = "Print a completion script for a shell",
       .details = "",
       .examples = "source <(stargate completion bash)\n"
                   "stargate completion zsh > ~/.zfunc/_stargate\n"
                   "stargate completion fish > ~/.config/fish/completions/stargate.fish"},
      {.kind = kHelp,
       .name = "help",
       .operand = "COMMAND",
       .operand_kind = ValueKind::kChoice,
       .operand_choices = {"serve", "check-config", "models", "version", "completion"},
       .summary = "Show help for a command",
       .details = "",
       .examples = "stargate help serve"},
  };
}

}  // namespace

std::span<const Flag> all_flags() {
  static const std::vector<Flag> flags = make_flags();
  return flags;
}

std::span<const CommandInfo> all_commands() {
  static const std::vector<CommandInfo> commands = make_commands();
  return commands;
}

}  // namespace stargate::app
