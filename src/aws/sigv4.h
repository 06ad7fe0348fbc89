// AWS Signature Version 4, signing and verifying, header form. Pure: time comes in, headers go out.
// Source: AWS "Signature Version 4 signing process"; the published v4 test corpus is in tests/data/sigv4.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/error.h"
#include "base/time.h"
#include "codec/hash.h"

namespace stargate::aws {

struct Scope {
  std::string_view region;
  std::string_view service;  // "bedrock" for the runtime and the control plane, "bedrock-mantle", "sts"
};

// What is signed: the path exactly as it goes over the wire (it is encoded once more for the canonical form, so "%3A"
// becomes "%253A"), the query as it goes over the wire, and the headers to sign, `host` among them. Names in any case.
struct SigningRequest {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  codec::Sha256 body_hash;
  bool normalize_path = true;  // remove dot segments and double slashes; everything but S3 does
};

// Headers to add to the request (X-Amz-Date, X-Amz-Security-Token when there is a token, Authorization). The signer
// mutates nothing. The derived key is cached per thread by (key id, date, region, service).
std::vector<std::pair<std::string, std::string>> sign(const SigningRequest& request, const SigningIdentity& identity,
                                                      Scope scope, WallTime now);

// The intermediate texts, for tests and for explaining a refusal. Contains the token when it is signed: never log it.
std::string canonical_request(const SigningRequest& request);
std::string string_to_sign(const std::string& canonical, Scope scope, WallTime now);

// Verification (the simulator, and Bedrock-shaped ingress). `headers` are all headers of the request as received.
struct VerifyRequest {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
};

// The access key id named in an Authorization header of SigV4 form; empty when it is not one.
std::string_view access_key_of(std::string_view authorization);

// Errors carry AWS's own type and wording: IncompleteSignatureException, InvalidSignatureException (also for a clock
// more than five minutes off: "Signature expired: ..."/"Signature not yet current: ..."), UnrecognizedClientException
// (another key or token), MissingAuthenticationTokenException. upstream_status is the HTTP status AWS would use.
Result<void> verify(const VerifyRequest& request, const SigningIdentity& expected, Scope scope, WallTime now);

// "20260101T000000Z" and back.
std::string amz_date(WallTime now);

}  // namespace stargate::aws
