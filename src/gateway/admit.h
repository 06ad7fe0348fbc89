// Step 1: who is calling. From memory only.
#pragma once

#include <memory>

#include "base/error.h"
#include "codec/http1.h"
#include "policy/catalog.h"

namespace stargate::gateway {

// The key is looked for in x-litellm-api-key, Authorization, api-key and x-api-key. A client may send two different
// ones (Claude Code does when both of its variables are set): the first that is valid counts. No key is ever
// forwarded upstream. Errors: kUnauthorized, without a word of the key.
Result<std::shared_ptr<const policy::Principal>> admit(const policy::Catalog& catalog,
                                                       const codec::http1::Headers& headers);

}  // namespace stargate::gateway
