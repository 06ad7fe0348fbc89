#include "app/config_read.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "app/config_aws.h"
#include "app/config_text.h"
#include "app/embedded.h"
#include "app/yaml.h"
#include "app/yaml_to_json.h"
#include "aws/environment.h"
#include "aws/shared_config.h"

namespace stargate::app {
namespace {

void problem(std::vector<Problem>& problems, const std::string& file, std::string key, std::string message,
             std::string instead = {}) {
  problems.push_back({Severity::kError, file, 0, 0, std::move(key), std::move(message), std::move(instead)});
}

// nullopt after reporting why the file cannot be read.
std::optional<std::string> read_text(const std::string& file, std::string_view key, std::vector<Problem>& problems) {
  auto text = read_config_text(file, kYamlBytesMax);
  if (text) return std::move(*text);
  const bool missing = text.error().code == ErrorCode::kNotFound;
  problem(problems, shown_name(file), std::string(key), text.error().message, missing ? "the path of a YAML file" : "");
  return std::nullopt;
}

// A file named in the configuration stands relative to it.
std::string beside(const std::string& config_file, const std::string& named) {
  const std::filesystem::path path(named);
  if (path.is_absolute()) return named;
  return (std::filesystem::path(folder_of_config(config_file)) / path).string();
}

std::shared_ptr<const llm::binding::CapabilityTable> read_capabilities(std::string_view yaml, const std::string& file,
                                                                       std::vector<Problem>& problems) {
  const YamlOutcome tree = parse_yaml(yaml);
  for (const YamlFault& fault : tree.faults) {
    problems.push_back({Severity::kError, file, fault.line, fault.column, {}, fault.message, {}});
  }
  auto table = llm::binding::CapabilityTable::parse(tree.faults.empty() ? yaml_to_json(tree.root) : "{}");
  if (table) return std::make_shared<const llm::binding::CapabilityTable>(std::move(*table));
  if (tree.faults.empty()) problem(problems, file, {}, table.error().message);
  return std::make_shared<const llm::binding::CapabilityTable>();
}

void read_tables(const std::string& config_file, ReadOutcome& outcome) {
  const Config& config = outcome.config;
  std::string models_file = "config/models.yaml (built in)";
  std::string models(kEmbeddedModelsYaml);
  if (!config.models_file.empty()) {
    models_file = beside(config_file, config.models_file);
    // A file that is not there is one error; the built-in table then keeps every model from being called unknown too.
    models = read_text(models_file, "stargate.models_file", outcome.problems).value_or(std::move(models));
  }
  outcome.tables.models = ModelTable::parse(models, models_file, outcome.problems);
  std::string capabilities_file = "config/capabilities.yaml (built in)";
  std::string capabilities(kEmbeddedCapabilitiesYaml);
  if (!config.capabilities_file.empty()) {
    capabilities_file = beside(config_file, config.capabilities_file);
    capabilities = read_text(capabilities_file, "stargate.capabilities_file", outcome.problems).value_or("{}");
  }
  outcome.tables.capabilities = read_capabilities(capabilities, capabilities_file, outcome.problems);
}

void check_files(const std::string& config_file, Config& config, std::vector<Problem>& problems) {
  const auto check = [&](std::string& file, std::string_view key) {
    if (file.empty()) return;
    file = beside(config_file, file);
    if (::access(file.c_str(), R_OK) != 0) problem(problems, file, std::string(key), "the file cannot be read");
  };
  check(config.ca_file, "stargate.ca_file");
  if (!config.tls) return;
  check(config.tls->certificate_file, "stargate.tls.certificate_file");
  check(config.tls->key_file, "stargate.tls.key_file");
}

// The file's text; nullopt when it is not there or there is nothing to be said about it.
std::optional<std::string> shared_text(const std::string& path, std::vector<Problem>& problems) {
  std::error_code error;
  if (path.empty() || !std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  std::string text(aws::kSharedConfigBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || !stream.is_open()) {
    problems.push_back({Severity::kWarning, path, 0, 0, {}, "the file cannot be read: its region is not used", {}});
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

// A broken file is a warning only: deployments with keys of their own need none, and whoever does need it is told by
// the credential chain.
aws::SharedConfig read_shared_config(const Environment& environment, std::vector<Problem>& problems) {
  struct SharedFile {
    std::string_view variable;
    std::string_view usual;
    Result<void> (*parse)(std::string_view, aws::SharedConfig&);
  };
  constexpr SharedFile kFiles[] = {{"AWS_CONFIG_FILE", "~/.aws/config", aws::parse_config_file},
                                   {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", aws::parse_credentials_file}};
  const aws::Environment variables(environment.begin(), environment.end());
  aws::SharedConfig files;
  for (const SharedFile& file : kFiles) {
    const std::string_view chosen = aws::lookup(variables, file.variable);
    std::string path(chosen.empty() ? file.usual : chosen);
    if (path.starts_with("~/")) {
      const std::string_view home = aws::lookup(variables, "HOME");
      path = home.empty() ? std::string() : std::string(home) + path.substr(1);
    }
    const auto text = shared_text(path, problems);
    if (!text) continue;
    if (const auto parsed = file.parse(*text, files); !parsed) {
      problems.push_back({Severity::kWarning, path, 0, 0, {}, parsed.error().message, {}});
    }
  }
  return files;
}

}  // namespace

std::string shown_name(const std::string& file) {
  if (file.empty()) return "config/stargate.yaml (built in)";
  return file == kStandardInput ? "<stdin>" : file;
}

ReadOutcome read_configuration(const ConfigRequest& request) {
  ReadOutcome outcome;
  const std::string shown = shown_name(request.file);
  std::optional<std::string> text{std::string(kEmbeddedStargateYaml)};
  if (!request.file.empty()) text = read_text(request.file, {}, outcome.problems);
  if (!text) {
    outcome.tables.capabilities = std::make_shared<const llm::binding::CapabilityTable>();
    return outcome;
  }
  ConfigOutcome loaded = load_config(*text, shown, request.environment, request.overrides);
  outcome.config = std::move(loaded.config);
  outcome.problems = std::move(loaded.problems);
  apply_shared_config(read_shared_config(outcome.config.environment, outcome.problems), outcome.config,
                      outcome.problems);
  check_files(request.file, outcome.config, outcome.problems);
  read_tables(request.file, outcome);
  std::vector<Problem> late;
  build_catalog(outcome.config, outcome.tables, Secret(), 0, late);
  for (Problem& one : late) {
    if (one.line > 0) one.file = shown;
    outcome.problems.push_back(std::move(one));
  }
  sort_by_place(outcome.problems, shown);
  return outcome;
}

Environment process_environment() {
  Environment out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace stargate::app
