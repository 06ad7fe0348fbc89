// Step 8: the account of the request, however it ended.
#pragma once

#include <optional>

#include "base/money.h"
#include "gateway/call.h"

namespace stargate::gateway {

// What the usage that the upstream has reported until now costs at the answering deployment's price. nullopt: no usage
// was reported, or the price is unknown.
std::optional<base::NanoUsd> cost_of(const Call& call);

// Completes the record and gives it to the event sink. Never waits, never fails.
void settle(Call& call);

}  // namespace stargate::gateway
