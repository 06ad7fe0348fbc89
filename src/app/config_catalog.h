// From configuration to what the gateway serves: deployments with region, endpoint, price and capabilities filled in
// from the tables. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "app/config.h"
#include "app/model_table.h"
#include "policy/catalog.h"

namespace stargate::app {

struct Tables {
  ModelTable models;
  std::shared_ptr<const llm::binding::CapabilityTable> capabilities;  // never null
};

// `master_key`: the one in force (configured or generated), empty: none. `now_s`: Unix time of this reading.
// Problems are warnings (a model without a known price) and errors (an endpoint that is no URL, an alias of nothing).
std::shared_ptr<const policy::Catalog> build_catalog(const Config& config, const Tables& tables,
                                                     const Secret& master_key, std::int64_t now_s,
                                                     std::vector<Problem>& problems);

}  // namespace stargate::app
