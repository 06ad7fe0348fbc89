// Who may call the simulator: one key pair (SigV4, verified as AWS does) and one Bedrock API key (bearer).
#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"
#include "codec/http1.h"

namespace stargate::sim {

struct AuthSettings {
  bool enabled = true;
  aws::SigningIdentity identity;
  Secret api_key;
  std::string region;  // empty: any region in the credential scope is taken
};

// Errors: as AWS words them; upstream_status is the HTTP status. `now` is the simulator's (maybe shifted) clock.
Result<void> authorize(const AuthSettings& settings, const codec::http1::RequestHead& head, std::string_view body,
                       WallTime now);

}  // namespace stargate::sim
