// From the model name a client wrote to the deployments to try, in order. Pure: randomness comes in.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/catalog.h"

namespace stargate::policy {

// Uniform over 64 bits.
using Random = std::function<std::uint64_t()>;

// The model_name that serves `asked`, or empty. Tried in this order, the first hit counts:
//   1. a model_name, 2. an alias,
//   3. an upstream id ("us.anthropic.claude-...", an ARN, the bare id, or the dated name inside it),
//   4. a model_name that ends in '*' (the longest such),
// and all of it once more without Claude Code's "[1m]" suffix and without a provider's prefix ("anthropic/",
// "bedrock/", "bedrock/converse/", ...).
std::string group_of(const Catalog& catalog, std::string_view asked);

// The deployments that serve `asked`: those of the lowest `order` first; within one order by weighted shuffle
// (LiteLLM's simple-shuffle), so that the first is the choice and the rest are the fail-over. Never empty. Error
// kNotFound (source client, param "model"): names the closest model that `who` may use, and all of those.
Result<std::vector<const Deployment*>> candidates(const Catalog& catalog, std::string_view asked, const Random& random,
                                                  const Principal* who = nullptr);

// Adds what group_of() looks upstream ids up by. Called by whoever builds a catalog, once, at the end.
void index_upstream_ids(Catalog& catalog);

}  // namespace stargate::policy
