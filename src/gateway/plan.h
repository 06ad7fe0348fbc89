// Step 3: the caller and the facts decide which deployments may be asked, in which order. No waiting, no I/O.
#pragma once

#include <vector>

#include "gateway/call.h"
#include "gateway/inspect.h"
#include "llm/lane/lane.h"
#include "policy/catalog.h"

namespace stargate::gateway {

// Puts what the facts tell into the call and its record, and makes the reply that can give signs of life from now on.
void note_facts(Call& call, const Inspected& inspected);

// What is known of the answer before an upstream request is made.
llm::ReplyOptions first_options(const Call& call, const llm::Facts& facts);

// Errors: kForbidden (the caller may not use that model), kNotFound (no such model), each naming what there is.
Result<std::vector<const policy::Deployment*>> plan(Call& call, const llm::Facts& facts);

}  // namespace stargate::gateway
