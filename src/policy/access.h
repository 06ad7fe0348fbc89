// Who may call which model. Pure.
#pragma once

#include <string_view>

#include "policy/catalog.h"

namespace stargate::policy {

// Whether the principal's list has `name`: exact, or by a pattern with a '*' at its end ("claude-*", "*"). An empty
// list and LiteLLM's "all-proxy-models" allow everything; the master key may everything.
bool may_use(const Principal& principal, std::string_view name);

// The same for a name as a client wrote it: allowed by itself or by the model_name that it stands for.
bool may_use(const Principal& principal, const Catalog& catalog, std::string_view asked);

}  // namespace stargate::policy
