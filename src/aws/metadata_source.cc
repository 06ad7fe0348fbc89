#include "aws/metadata_source.h"

#include <algorithm>
#include <array>

#include "aws/credential_json.h"
#include "aws/timestamp.h"
#include "codec/uri.h"

namespace stargate::aws {
namespace {

constexpr std::string_view kEnvironment = "environment";
constexpr std::string_view kContainer = "container";
constexpr std::string_view kImds = kImdsOrigin;
constexpr int kContainerAttempts = 3;
constexpr std::chrono::seconds kContainerTimeout{2};
constexpr int kImdsAttempts = 3;  // once a token was had; the first question is asked once
constexpr std::size_t kTokenBytesMax = 16'384;
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";
constexpr std::string_view kTokenSeconds = "21600";

bool plain_http_allowed(std::string_view host) {
  constexpr std::array<std::string_view, 5> kHosts = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost",
                                                      "::1"};
  if (std::ranges::find(kHosts, host) != kHosts.end()) return true;
  // 127.0.0.0/8, and nothing that only begins like it.
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
         std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

// Empty: not configured.
Result<std::string> container_url(const ChainContext& context) {
  const std::string_view relative = context.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string_view full = context.env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) return std::string();
  if (!relative.empty() && !relative.starts_with('/')) {
    return broken(kContainer, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash");
  }
  std::string url = relative.empty() ? std::string(full) : std::string("http://169.254.170.2").append(relative);
  if (!fit_for_header(url)) return broken(kContainer, "the URI holds a control character");
  const auto parsed = codec::parse_url(url);
  if (!parsed) return broken(kContainer, parsed.error().message);
  if (!parsed->tls() && !plain_http_allowed(parsed->host)) {
    return broken(kContainer,
                  "AWS_CONTAINER_CREDENTIALS_FULL_URI is plain http to another host than AWS's own "
                  "addresses or loopback");
  }
  return url;
}

Walk<Result<std::string>> container_token(ChainContext& context) {
  std::string token(context.env("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  const std::string path(context.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
  if (!path.empty()) {
    FileRead file = co_await context.read(path);
    if (!file.found) {
      co_return unavailable(kContainer, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read" +
                                            (file.trouble.empty() ? std::string() : ": " + file.trouble));
    }
    token = std::move(file.text);
  }
  if (!fit_for_header(token) || token.size() > kTokenBytesMax) {
    co_return broken(kContainer, "the authorization token holds a line end or another control character");
  }
  co_return token;
}

// The instance's metadata service during one walk.
struct Imds {
  std::string endpoint;  // without a trailing slash
  std::chrono::seconds timeout{1};
  int first_attempts = 1;
  std::string token = {};
};

Result<Imds> imds_settings(const ChainContext& context) {
  Imds imds;
  std::string_view mode = context.env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  if (mode.empty()) mode = context.files.setting(context.profile, "ec2_metadata_service_endpoint_mode");
  std::string_view endpoint = context.env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = context.files.setting(context.profile, "ec2_metadata_service_endpoint");
  const bool ipv6 = mode == "IPv6" || mode == "ipv6";
  if (!mode.empty() && !ipv6 && mode != "IPv4" && mode != "ipv4") {
    return broken(kImds, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be IPv4 or IPv6");
  }
  if (endpoint.empty()) endpoint = ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  const auto parsed = codec::parse_url(endpoint);
  if (!parsed || !fit_for_header(endpoint)) return broken(kImds, "AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL");
  imds.endpoint = endpoint;
  imds.timeout = std::chrono::seconds(parse_whole(context.env("AWS_METADATA_SERVICE_TIMEOUT"), 1, 60).value_or(1));
  imds.first_attempts = parse_whole(context.env("AWS_METADATA_SERVICE_NUM_ATTEMPTS"), 1, 10).value_or(1);
  return imds;
}

HttpAnswered without_answer(std::string trouble) { return {.status = 0, .body = {}, .trouble = std::move(trouble)}; }

// Asks for a session token; afterwards imds.token is set, or the answer says why not.
Walk<HttpAnswered> fetch_token(ChainContext& context, Imds& imds) {
  HttpCall call;
  call.method = "PUT";
  call.url = imds.endpoint + "/latest/api/token";
  call.headers.emplace_back("x-aws-ec2-metadata-token-ttl-seconds", kTokenSeconds);
  call.timeout = imds.timeout;
  call.local = true;
  HttpAnswered answer = co_await call_patiently(context, std::move(call), imds.first_attempts);
  imds.token.clear();
  if (answer.status != 200) co_return answer;
  if (answer.body.empty() || answer.body.size() > kTokenBytesMax || !fit_for_header(answer.body)) {
    co_return without_answer("the token is not one");
  }
  imds.token = answer.body;
  co_return answer;
}

// A GET with the token; a token that is no longer taken is replaced once.
Walk<HttpAnswered> fetch_path(ChainContext& context, Imds& imds, std::string path) {
  HttpAnswered answer;
  for (int round = 0; round < 2; ++round) {
    HttpCall call;
    call.method = "GET";
    call.url = imds.endpoint + path;
    call.headers.emplace_back("x-aws-ec2-metadata-token", imds.token);
    call.timeout = imds.timeout;
    call.local = true;
    answer = co_await call_patiently(context, std::move(call), kImdsAttempts);
    if (answer.status != 401 || round == 1) break;
    HttpAnswered renewed = co_await fetch_token(context, imds);
    if (imds.token.empty()) co_return renewed;
  }
  co_return answer;
}

// The first line of the list of roles; an instance has at most one.
std::string first_role(std::string_view body) {
  std::string_view role = body.substr(0, body.find('\n'));
  while (role.ends_with('\r') || role.ends_with(' ')) role.remove_suffix(1);
  return std::string(role);
}

}  // namespace

Found environment_keys(ChainContext& context) {
  const std::string_view key_id = context.env("AWS_ACCESS_KEY_ID");
  const std::string_view secret = context.env("AWS_SECRET_ACCESS_KEY");
  if (key_id.empty()) return context.pass(kEnvironment, "no AWS_ACCESS_KEY_ID");
  if (secret.empty()) return broken(kEnvironment, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
  SigningIdentity identity;
  identity.access_key_id = key_id;
  identity.secret_access_key = Secret(std::string(secret));
  identity.session_token = Secret(std::string(context.env("AWS_SESSION_TOKEN")));
  identity.origin = kEnvironment;
  const std::string_view expiration = context.env("AWS_CREDENTIAL_EXPIRATION");
  if (!expiration.empty()) {
    identity.expires = parse_iso8601(expiration);
    if (!identity.expires) return broken(kEnvironment, "AWS_CREDENTIAL_EXPIRATION is not an ISO-8601 time");
  }
  return std::optional(std::move(identity));
}

Walk<Found> container_identity(ChainContext& context) {
  auto url = container_url(context);
  if (!url) co_return std::unexpected(url.error());
  if (url->empty()) co_return context.pass(kContainer, "no AWS_CONTAINER_CREDENTIALS_*_URI");
  auto token = co_await container_token(context);
  if (!token) co_return std::unexpected(token.error());
  HttpCall call;
  call.method = "GET";
  call.url = std::move(*url);
  call.headers.emplace_back("accept", "application/json");
  if (!token->empty()) call.headers.emplace_back("authorization", *token);
  call.timeout = kContainerTimeout;
  call.local = true;
  const HttpAnswered answer = co_await call_patiently(context, std::move(call), kContainerAttempts);
  if (answer.status != 200) {
    const bool again = answer.status == 0 || answer.status >= 500;
    co_return unavailable(kContainer, describe(answer), again ? Retry::kYes : Retry::kNo, answer.status);
  }
  auto identity = parse_metadata_credentials(answer.body);
  if (!identity) co_return unavailable(kContainer, identity.error().message, Retry::kNo, 0, identity.error().type);
  identity->origin = kContainer;
  co_return std::optional<SigningIdentity>(std::move(*identity));
}

Walk<Found> instance_identity(ChainContext& context) {
  if (is_true(context.env("AWS_EC2_METADATA_DISABLED"))) {
    co_return context.pass(kImds, "switched off by AWS_EC2_METADATA_DISABLED");
  }
  auto settings = imds_settings(context);
  if (!settings) co_return std::unexpected(settings.error());
  Imds imds = std::move(*settings);
  const HttpAnswered token = co_await fetch_token(context, imds);
  if (imds.token.empty()) {
    // Nobody there, or a service that has version 2 switched off: this is no EC2 instance that could help us.
    const bool absent = token.status == 0 || token.status == 403 || token.status == 404 || token.status == 405;
    if (absent) co_return context.pass(kImds, describe(token));
    co_return unavailable(kImds, "the token request " + describe(token), Retry::kYes, token.status);
  }
  const HttpAnswered roles = co_await fetch_path(context, imds, std::string(kRolePath));
  if (roles.status == 404) co_return context.pass(kImds, "the instance has no role");
  const std::string role = first_role(roles.body);
  if (roles.status != 200) co_return unavailable(kImds, describe(roles), Retry::kYes, roles.status);
  if (role.empty()) co_return context.pass(kImds, "the instance has no role");
  const std::string path = std::string(kRolePath) + codec::percent_encode(role);
  const HttpAnswered answer = co_await fetch_path(context, imds, path);
  if (answer.status != 200) co_return unavailable(kImds, describe(answer), Retry::kYes, answer.status);
  auto identity = parse_metadata_credentials(answer.body);
  if (!identity) co_return unavailable(kImds, identity.error().message, Retry::kYes, 0, identity.error().type);
  identity->origin = kImdsOrigin;
  co_return std::optional<SigningIdentity>(std::move(*identity));
}

}  // namespace stargate::aws
