#include "sim/auth.h"

#include "aws/sigv4.h"
#include "sim/models.h"

namespace stargate::sim {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/bedrock/aws4_request, ..." -> "us-east-1"
std::string_view region_of(std::string_view authorization) {
  const auto place = authorization.find("Credential=");
  if (place == std::string_view::npos) return {};
  std::string_view rest = authorization.substr(place);
  for (int slashes = 0; slashes < 2; ++slashes) {
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
  return rest.substr(0, rest.find('/'));
}

}  // namespace

Result<void> authorize(const AuthSettings& settings, const codec::http1::RequestHead& head, std::string_view body,
                       WallTime now) {
  if (!settings.enabled) return {};
  const std::string_view authorization = head.headers.get("authorization");
  if (authorization.starts_with(kBearer)) {
    const bool same = !settings.api_key.empty() &&
                      base::constant_time_equal(authorization.substr(kBearer.size()), settings.api_key.reveal());
    if (same) return {};
    return aws_failure(403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.");
  }
  if (authorization.empty()) {
    return aws_failure(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  aws::VerifyRequest request{
      .method = head.method, .path = head.path(), .query = head.query(), .headers = {}, .body = body};
  for (const auto& field : head.headers.fields()) request.headers.emplace_back(field.name, field.value);
  const std::string_view region = settings.region.empty() ? region_of(authorization) : settings.region;
  return aws::verify(request, settings.identity, {.region = region, .service = "bedrock"}, now);
}

}  // namespace stargate::sim
