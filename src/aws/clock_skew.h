// A wrong clock on our side, noticed from AWS's refusal and put right. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace stargate::aws {

// What to add to our clock before signing once more, when an answer of `error_type` (RequestTimeTooSkewed,
// InvalidSignatureException and the like) carries a Date that is more than four minutes off the clock that signed:
// ours, which shows `now` as the answer arrives, and `added` to it. About zero when our clock has been set right in the
// meantime. nullopt: the clock is not to blame. The rule is that of the AWS SDKs.
std::optional<Duration> clock_offset(std::string_view error_type, std::string_view date_header, WallTime now,
                                     Duration added);

}  // namespace stargate::aws
