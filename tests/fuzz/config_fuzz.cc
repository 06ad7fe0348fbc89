// Configuration text: whatever is in it, load_config ends with values or with problems that have a place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "app/config.h"
#include "app/config_catalog.h"
#include "app/yaml.h"
#include "app/yaml_to_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stargate::app;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const YamlOutcome tree = parse_yaml(text);
  yaml_to_json(tree.root);
  ConfigOutcome outcome = load_config(text, "fuzz.yaml", {{"A", "1"}}, {});
  Tables tables;
  tables.models = ModelTable::parse(text, "fuzz.yaml", outcome.problems);
  tables.capabilities = std::make_shared<const stargate::llm::binding::CapabilityTable>();
  const auto catalog = build_catalog(outcome.config, tables, {}, 0, outcome.problems);
  for (const Problem& problem : outcome.problems) to_text(problem);
  if (catalog == nullptr) std::abort();
  return 0;
}
