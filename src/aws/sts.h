// The Security Token Service: what is asked of it and what it answers. Pure.
// Source: AWS Security Token Service API Reference, version 2011-06-15 (query protocol, XML answers).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/error.h"

namespace stargate::aws {

inline constexpr int kRoleSecondsMin = 900;
inline constexpr int kRoleSecondsMax = 43'200;
inline constexpr std::size_t kWebIdentityTokenBytesMin = 4;
inline constexpr std::size_t kWebIdentityTokenBytesMax = 20'000;

struct RoleRequest {
  std::string role_arn;
  std::string session_name;
  std::string external_id = {};  // empty: none; only for assume_role_form
  int duration_seconds = 0;      // 0: left to STS (one hour)
};

// Errors: kBadRequest, with what STS would refuse (ARN, session name of [\w+=,.@-]{2,64}, duration, external id).
Result<void> check_role_request(const RoleRequest& request);

// Form bodies (application/x-www-form-urlencoded). AssumeRole is signed for service "sts"; the other is not signed.
std::string assume_role_form(const RoleRequest& request);
std::string assume_role_with_web_identity_form(const RoleRequest& request, std::string_view token);

// What STS answered to either. `origin` stays empty. Errors: kUnavailable, type = STS's code ("AccessDenied"), its
// message, upstream_status, and retry kYes where asking again can help.
Result<SigningIdentity> parse_sts_answer(int status, std::string_view body);

}  // namespace stargate::aws
