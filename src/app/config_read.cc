#include "app/config_read.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "app/embedded.h"
#include "app/yaml.h"
#include "app/yaml_to_json.h"

namespace stargate::app {
namespace {

void problem(std::vector<Problem>& problems, const std::string& file, std::string key, std::string message,
             std::string instead = {}) {
  problems.push_back({Severity::kError, file, 0, 0, std::move(key), std::move(message), std::move(instead)});
}

// nullopt after reporting why the file cannot be read.
std::optional<std::string> read_text(const std::string& file, std::string_view key, std::vector<Problem>& problems) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    problem(problems, file, std::string(key), "there is no such file", "the path of a YAML file");
    return std::nullopt;
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream || text.str().size() > kYamlBytesMax) {
    problem(problems, file, std::string(key), stream ? "the file is larger than 4 MiB" : "the file cannot be read");
    return std::nullopt;
  }
  return std::move(text).str();
}

// A file named in the configuration stands relative to it.
std::string beside(const std::string& config_file, const std::string& named) {
  const std::filesystem::path path(named);
  if (config_file.empty() || path.is_absolute()) return named;
  return (std::filesystem::path(config_file).parent_path() / path).string();
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

}  // namespace

ReadOutcome read_configuration(const ConfigRequest& request) {
  ReadOutcome outcome;
  const std::string shown = request.file.empty() ? "config/stargate.yaml (built in)" : request.file;
  std::optional<std::string> text{std::string(kEmbeddedStargateYaml)};
  if (!request.file.empty()) text = read_text(request.file, {}, outcome.problems);
  if (!text) {
    outcome.tables.capabilities = std::make_shared<const llm::binding::CapabilityTable>();
    return outcome;
  }
  ConfigOutcome loaded = load_config(*text, shown, request.environment, request.overrides);
  outcome.config = std::move(loaded.config);
  outcome.problems = std::move(loaded.problems);
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
