// The JSON documents that credentials come in. Pure.
// Sources: AWS SDKs and Tools Reference Guide ("Container credential provider", "IMDS credential provider", "Process
// credential provider", "IAM Identity Center credential provider").
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/error.h"

namespace stargate::aws {

inline constexpr std::size_t kCredentialJsonBytesMax = std::size_t{64} * 1024;

// All errors are kUnavailable and say what is missing, never what is there. `origin` stays empty.

// {AccessKeyId, SecretAccessKey, Token, Expiration}, from a container's endpoint or IMDS. IMDS adds Code ("Success"
// or the error's name, which becomes the error's type) and Message; container endpoints answer {code, message}.
Result<SigningIdentity> parse_metadata_credentials(std::string_view json);

// {Version: 1, AccessKeyId, SecretAccessKey, SessionToken?, Expiration?}. Without Expiration they never expire.
Result<SigningIdentity> parse_process_credentials(std::string_view json);

// ~/.aws/sso/cache/<sha1>.json
struct SsoToken {
  Secret access_token;
  WallTime expires;
};
Result<SsoToken> parse_sso_token(std::string_view json);

// {roleCredentials: {accessKeyId, secretAccessKey, sessionToken, expiration (milliseconds since 1970)}}
Result<SigningIdentity> parse_sso_credentials(std::string_view json);

}  // namespace stargate::aws
