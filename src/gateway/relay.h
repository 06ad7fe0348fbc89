// Step 7: the upstream's frames become the client's bytes. Awaiting each write is the back-pressure: nothing more is
// read from the upstream before the client has taken what was read.
#pragma once

#include "base/error.h"
#include "gateway/call.h"
#include "gateway/exchange.h"

namespace stargate::gateway {

// Runs until the answer is whole or has failed. An error after the stream has begun is told to the client by the
// caller (refuse()).
Task<Result<void>> relay(Call& call, Live live);

}  // namespace stargate::gateway
