#include "aws/sts.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "aws/timestamp.h"
#include "aws/xml_scan.h"
#include "codec/uri.h"

namespace stargate::aws {
namespace {

constexpr std::string_view kVersion = "2011-06-15";
constexpr std::size_t kArnBytesMin = 20;
constexpr std::size_t kArnBytesMax = 2048;
constexpr std::size_t kSessionNameBytesMin = 2;
constexpr std::size_t kSessionNameBytesMax = 64;
constexpr std::size_t kExternalIdBytesMin = 2;
constexpr std::size_t kExternalIdBytesMax = 1224;

// Codes with which asking again may help (besides every 5xx).
constexpr std::array<std::string_view, 5> kTransient = {"IDPCommunicationError", "Throttling", "ThrottlingException",
                                                        "RequestLimitExceeded", "RequestTimeout"};

bool all_of(std::string_view text, std::string_view more) {
  return std::ranges::all_of(text, [more](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.contains(c);
  });
}

bool size_within(std::string_view text, std::size_t min, std::size_t max) {
  return text.size() >= min && text.size() <= max;
}

void add(std::string& form, std::string_view name, std::string_view value) {
  form.append("&").append(name).append("=").append(codec::percent_encode(value));
}

std::string form_of(std::string_view action, const RoleRequest& request) {
  std::string form("Action=");
  form.append(action).append("&Version=").append(kVersion);
  add(form, "RoleArn", request.role_arn);
  add(form, "RoleSessionName", request.session_name);
  if (request.duration_seconds > 0) add(form, "DurationSeconds", std::to_string(request.duration_seconds));
  return form;
}

// The text of the leaf whose path ends in `tail`, counted from the answer's root or from anywhere below it.
std::string text_at(const std::vector<XmlLeaf>& leaves, std::string_view tail) {
  for (const XmlLeaf& leaf : leaves) {
    const std::string_view path = leaf.path;
    if (path.ends_with(tail) && (path.size() == tail.size() || path[path.size() - tail.size() - 1] == '/')) {
      return leaf.text;
    }
  }
  return {};
}

Error unavailable(int status, std::string type, std::string message) {
  Error error;
  error.code = ErrorCode::kUnavailable;
  error.source = ErrorSource::kUpstream;
  error.upstream_status = status;
  const bool transient = status >= 500 || std::ranges::find(kTransient, type) != kTransient.end();
  error.retry = transient ? Retry::kYes : Retry::kNo;
  error.type = std::move(type);
  error.message = std::move(message);
  return error;
}

}  // namespace

Result<void> check_role_request(const RoleRequest& request) {
  const auto bad = [](const char* what) { return base::fail(ErrorCode::kBadRequest, what); };
  if (!size_within(request.role_arn, kArnBytesMin, kArnBytesMax) || !request.role_arn.starts_with("arn:")) {
    return bad("role_arn is not the ARN of a role");
  }
  if (!size_within(request.session_name, kSessionNameBytesMin, kSessionNameBytesMax) ||
      !all_of(request.session_name, "_+=,.@-")) {
    return bad("the role session name must be 2 to 64 letters, digits or any of _+=,.@-");
  }
  const std::string_view external = request.external_id;
  if (!external.empty() &&
      (!size_within(external, kExternalIdBytesMin, kExternalIdBytesMax) || !all_of(external, "_+=,.@:/-"))) {
    return bad("external_id must be 2 to 1224 letters, digits or any of _+=,.@:/-");
  }
  const int seconds = request.duration_seconds;
  if (seconds != 0 && (seconds < kRoleSecondsMin || seconds > kRoleSecondsMax)) {
    return bad("duration_seconds must be 900 to 43200");
  }
  return {};
}

std::string assume_role_form(const RoleRequest& request) {
  std::string form = form_of("AssumeRole", request);
  if (!request.external_id.empty()) add(form, "ExternalId", request.external_id);
  return form;
}

std::string assume_role_with_web_identity_form(const RoleRequest& request, std::string_view token) {
  std::string form = form_of("AssumeRoleWithWebIdentity", request);
  add(form, "WebIdentityToken", token);
  return form;
}

Result<SigningIdentity> parse_sts_answer(int status, std::string_view body) {
  const auto leaves = scan_xml(body);
  if (!leaves) {
    return std::unexpected(
        unavailable(status, {}, "STS answered " + std::to_string(status) + " with something that is not its XML"));
  }
  if (status != 200) {
    std::string code = text_at(*leaves, "Error/Code");
    std::string message = text_at(*leaves, "Error/Message");
    if (message.empty()) message = "STS answered " + std::to_string(status);
    return std::unexpected(unavailable(status, std::move(code), std::move(message)));
  }
  SigningIdentity identity;
  identity.access_key_id = text_at(*leaves, "Credentials/AccessKeyId");
  identity.secret_access_key = Secret(text_at(*leaves, "Credentials/SecretAccessKey"));
  identity.session_token = Secret(text_at(*leaves, "Credentials/SessionToken"));
  identity.expires = parse_iso8601(text_at(*leaves, "Credentials/Expiration"));
  if (identity.access_key_id.empty() || identity.secret_access_key.empty() || identity.session_token.empty() ||
      !identity.expires) {
    return std::unexpected(unavailable(status, {}, "STS answered without complete credentials"));
  }
  return identity;
}

}  // namespace stargate::aws
