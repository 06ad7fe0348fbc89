// The dated table of Bedrock models (config/models.yaml): profiles, sizes and prices that a configuration leaves out.
// Immutable after parse(). Prices are integers in the file, so nothing is rounded on the way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_problem.h"
#include "policy/catalog.h"

namespace stargate::app {

struct ModelFacts {
  std::string name;     // "claude-haiku-4-5", as clients know it
  std::string base_id;  // "anthropic.claude-haiku-4-5-20251001-v1:0"
  std::string display_name;
  std::int64_t released_s = 0;        // Unix time
  std::vector<std::string> profiles;  // "global", "us", ...: in order of preference
  bool profile_only = false;          // the bare id cannot be invoked
  bool regional_uplift = false;       // everything but the global profile costs a tenth more
  std::int64_t context_tokens = 0;
  std::int64_t max_output_tokens = 0;
  policy::Price price;  // of the global profile, or of the only rate there is
};

class ModelTable {
 public:
  // Every problem of the text goes to `problems`; entries with an error are left out.
  static ModelTable parse(std::string_view yaml, const std::string& file, std::vector<Problem>& problems);

  // By Bedrock id (profile prefix and ARN parts are ignored) or by client name; nullptr when unknown.
  [[nodiscard]] const ModelFacts* find(std::string_view model) const;
  [[nodiscard]] const std::vector<ModelFacts>& models() const { return models_; }
  [[nodiscard]] const std::string& as_of() const { return as_of_; }

 private:
  std::vector<ModelFacts> models_;
  std::string as_of_;
};

// What `upstream_id` costs: the table's price, a tenth more where the uplift applies. Exact: nullopt when a rate is not
// divisible, which parse() refuses beforehand.
policy::Price price_of(const ModelFacts& facts, std::string_view upstream_id);

// "us.anthropic.x" -> "us"; ARNs are looked into; empty for a bare id.
std::string_view profile_prefix(std::string_view upstream_id);
// Last part of an ARN's path, or the id itself.
std::string_view id_of_arn(std::string_view upstream_id);

}  // namespace stargate::app
