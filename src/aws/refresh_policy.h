// When credentials are renewed. Pure. Source: botocore's refreshable credentials (windows of 15 and 10 minutes).
#pragma once

#include <chrono>
#include <cstdint>

#include "aws/credentials.h"
#include "base/time.h"

namespace stargate::aws {

inline constexpr std::chrono::minutes kAdvisoryWindow{15};   // renew in the background
inline constexpr std::chrono::minutes kMandatoryWindow{10};  // callers wait for the renewal

enum class Standing : std::uint8_t { kFresh, kAdvisory, kMandatory, kExpired };
Standing standing_of(const SigningIdentity& identity, WallTime now);

// Whether a request may still be signed with it: not expired, or from instance metadata, whose credentials AWS keeps
// accepting past their time when it cannot issue new ones ("static stability").
bool usable(const SigningIdentity& identity, WallTime now);

// How long to leave the chain alone after a walk through it, so that neither a broken provider nor credentials that
// live only for minutes cause a walk per request. `random` is uniform over 64 bits.
// After a success: zero unless the new identity is in its mandatory window already.
Duration pause_after_success(const SigningIdentity& identity, WallTime now, std::uint64_t random);
// After the `failures`-th failure in a row; `held`: an old identity, or nullptr.
Duration pause_after_failure(int failures, const SigningIdentity* held, WallTime now, std::uint64_t random);

}  // namespace stargate::aws
