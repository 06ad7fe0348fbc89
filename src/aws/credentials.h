// AWS credentials as values.
#pragma once

#include <optional>
#include <string>

#include "base/secret.h"
#include "base/time.h"

namespace stargate::aws {

// Either a key pair (SigV4) or a Bedrock API key (bearer). `origin` says where it came from ("env", "imds", "profile
// work", ...), for logs; never the secret itself.
struct SigningIdentity {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  // empty when there is none
  Secret bearer;         // set: used instead of a signature
  std::optional<WallTime> expires;
  std::string origin;
};

}  // namespace stargate::aws
