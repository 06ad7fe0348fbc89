#include "aws/refresh_policy.h"

#include <algorithm>

#include "aws/credential_chain.h"

namespace stargate::aws {
namespace {

constexpr std::chrono::minutes kStabilityPause{5};  // and up to as much again, so that a fleet does not ask at once
constexpr std::chrono::seconds kFirstPause{1};
constexpr std::chrono::seconds kPauseMax{30};
constexpr std::chrono::seconds kShortLivedPauseMax{60};

// Up to `whole`, uniform to a thousandth.
Duration part_of(Duration whole, std::uint64_t random) {
  return whole / 1000 * static_cast<std::int64_t>(random % 1000);
}

Duration stability_pause(std::uint64_t random) { return kStabilityPause + part_of(kStabilityPause, random); }

}  // namespace

Standing standing_of(const SigningIdentity& identity, WallTime now) {
  if (!identity.expires) return Standing::kFresh;
  const Duration left = *identity.expires - now;
  if (left <= Duration::zero()) return Standing::kExpired;
  if (left <= kMandatoryWindow) return Standing::kMandatory;
  return left <= kAdvisoryWindow ? Standing::kAdvisory : Standing::kFresh;
}

bool usable(const SigningIdentity& identity, WallTime now) {
  return standing_of(identity, now) != Standing::kExpired || identity.origin == kImdsOrigin;
}

Duration pause_after_success(const SigningIdentity& identity, WallTime now, std::uint64_t random) {
  const Standing standing = standing_of(identity, now);
  if (standing == Standing::kExpired) return stability_pause(random);
  if (standing != Standing::kMandatory) return Duration::zero();
  return std::min<Duration>((*identity.expires - now) / 2, kShortLivedPauseMax);
}

Duration pause_after_failure(int failures, const SigningIdentity* held, WallTime now, std::uint64_t random) {
  if (held != nullptr && usable(*held, now)) {
    if (standing_of(*held, now) == Standing::kExpired) return stability_pause(random);
    return kPauseMax + part_of(kPauseMax, random);
  }
  const Duration pause = std::min<Duration>(kFirstPause * (1 << std::clamp(failures - 1, 0, 5)), kPauseMax);
  return pause / 2 + part_of(pause / 2, random);
}

}  // namespace stargate::aws
