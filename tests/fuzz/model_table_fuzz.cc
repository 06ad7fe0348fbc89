// The model table: a text ends with problems or with models that are whole: found again by their own id, priced for
// every profile without a negative rate.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "app/model_table.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_price(const stargate::app::ModelFacts& facts, const std::string& upstream_id) {
  const auto price = stargate::app::price_of(facts, upstream_id);
  for (const auto rate : {price.input, price.output, price.cache_read, price.cache_write_5m, price.cache_write_1h}) {
    require(rate.value >= 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace app = stargate::app;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<app::Problem> problems;
  const app::ModelTable table = app::ModelTable::parse(text, "fuzz.yaml", problems);
  for (const app::Problem& problem : problems) app::to_text(problem);
  app::sort_by_place(problems, "fuzz.yaml");
  for (const app::ModelFacts& facts : table.models()) {
    require(!facts.name.empty() && !facts.base_id.empty());
    check_price(facts, facts.base_id);
    for (const std::string& profile : facts.profiles) {
      const std::string id = profile + "." + facts.base_id;
      check_price(facts, id);
      app::profile_prefix(id);
    }
    static_cast<void>(table.find(facts.name));
  }
  static_cast<void>(table.find(app::id_of_arn(text)));
  return 0;
}
