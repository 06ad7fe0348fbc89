#include "aws/sts_source.h"

#include <chrono>

#include "aws/endpoint.h"
#include "codec/uri.h"

namespace stargate::aws {
namespace {

constexpr int kAttempts = 3;
constexpr std::chrono::seconds kTimeout{10};
// Where STS is asked when no region is known at all: the region every account has.
constexpr std::string_view kRegionOfLastResort = "us-east-1";

void fill_session_name(const ChainContext& context, RoleRequest& request) {
  if (!request.session_name.empty()) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(context.now.time_since_epoch());
  request.session_name = "stargate-" + std::to_string(seconds.count());
}

Result<std::string> sts_url(const ChainContext& context, const std::string& region) {
  std::string url = context.settings.sts_endpoint;
  if (url.empty()) url = endpoint_override("sts", context.environment, context.files, context.profile);
  if (!url.empty()) {
    const auto parsed = codec::parse_url(url);
    if (!parsed) return broken("sts endpoint", parsed.error().message);
    return url;
  }
  if (!plausible_region(region)) return broken("region", "the name is not one of AWS's form");
  return "https://" + endpoint_host("sts", region) + "/";
}

// Asks STS until it answers for good.
Walk<Found> ask_sts(ChainContext& context, std::string provider, HttpCall call) {
  Result<SigningIdentity> identity = std::unexpected(Error{});
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    call.delay = delay_before(attempt);
    const HttpAnswered answer = co_await context.call(call);
    if (answer.status == 0) {
      identity = unavailable(provider, "STS: " + describe(answer), Retry::kYes);
      continue;
    }
    identity = parse_sts_answer(answer.status, answer.body);
    if (identity) co_return std::optional<SigningIdentity>(std::move(*identity));
    const Error& error = identity.error();
    const std::string text = error.type.empty() ? error.message : error.type + ": " + error.message;
    identity = unavailable(provider, text, error.retry, error.upstream_status, error.type);
    if (identity.error().retry != Retry::kYes) break;
  }
  co_return std::unexpected(identity.error());
}

Result<HttpCall> sts_call(const ChainContext& context, const std::string& region) {
  auto url = sts_url(context, region);
  if (!url) return std::unexpected(url.error());
  HttpCall call;
  call.method = "POST";
  call.url = std::move(*url);
  call.headers.emplace_back("content-type", "application/x-www-form-urlencoded; charset=utf-8");
  call.timeout = kTimeout;
  return call;
}

std::string sts_region(const ChainContext& context) {
  std::string region = context.region();
  return region.empty() ? std::string(kRegionOfLastResort) : region;
}

}  // namespace

Walk<Found> assume_role(ChainContext& context, std::string provider, SigningIdentity base, RoleRequest request) {
  fill_session_name(context, request);
  const Result<void> checked = check_role_request(request);
  if (!checked) co_return broken(provider, checked.error().message);
  if (base.access_key_id.empty()) co_return broken(provider, "a Bedrock API key cannot assume a role");
  const std::string region = sts_region(context);
  auto call = sts_call(context, region);
  if (!call) co_return std::unexpected(call.error());
  call->body = assume_role_form(request);
  const std::string origin = "role " + request.role_arn + " through " + base.origin;
  call->sign = SignWith{std::move(base), region, "sts"};
  Found found = co_await ask_sts(context, provider, std::move(*call));
  if (found && *found) (*found)->origin = origin;
  co_return found;
}

Walk<Found> assume_role_with_web_identity(ChainContext& context, std::string provider, RoleRequest request,
                                          std::string token) {
  fill_session_name(context, request);
  const Result<void> checked = check_role_request(request);
  if (!checked) co_return broken(provider, checked.error().message);
  // Files end in a line end as often as not.
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (token.size() < kWebIdentityTokenBytesMin || token.size() > kWebIdentityTokenBytesMax) {
    co_return broken(provider, "the web identity token has fewer than 4 or more than 20000 characters");
  }
  auto call = sts_call(context, sts_region(context));
  if (!call) co_return std::unexpected(call.error());
  call->body = assume_role_with_web_identity_form(request, token);
  Found found = co_await ask_sts(context, provider, std::move(*call));
  if (found && *found) (*found)->origin = "web identity role " + request.role_arn;
  co_return found;
}

Walk<Found> assume_role_with_token_file(ChainContext& context, std::string provider, RoleRequest request,
                                        std::string path) {
  const std::string full = expand_home(context, path);
  const FileRead file = co_await context.read(full);
  if (!file.found) {
    co_return unavailable(provider, "the web identity token file " + full + " cannot be read" +
                                        (file.trouble.empty() ? " (no such file)" : " (" + file.trouble + ")"));
  }
  Found found = co_await assume_role_with_web_identity(context, provider, std::move(request), file.text);
  co_return found;
}

}  // namespace stargate::aws
