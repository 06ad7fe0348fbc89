// Step 8: the account of the request, however it ended.
#pragma once

#include "gateway/call.h"

namespace stargate::gateway {

// Completes the record and gives it to the event sink. Never waits, never fails.
void settle(Call& call);

}  // namespace stargate::gateway
