#include "aws/profile_source.h"

#include <algorithm>

#include "aws/command_line.h"
#include "aws/credential_json.h"
#include "aws/endpoint.h"
#include "aws/metadata_source.h"
#include "aws/sts_source.h"
#include "codec/hash.h"
#include "codec/uri.h"

namespace stargate::aws {
namespace {

constexpr std::chrono::seconds kSsoTimeout{10};
constexpr int kSsoAttempts = 3;

// One profile on the way through the files. `visited` ends in `name`.
struct Place {
  std::string name;
  std::vector<std::string> visited;
  [[nodiscard]] std::string provider() const { return "profile " + name; }
};

// Coroutines that call each other.
Walk<Found> identity_of(ChainContext& context, Place place, bool with_environment);

std::string setting(const ChainContext& context, const Place& place, std::string_view name) {
  return std::string(context.files.setting(place.name, name));
}

// Keys that stand in one of the two files.
Found static_keys(const ConfigSections& sections, const Place& place, const char* file) {
  const std::string key_id(find_setting(sections, place.name, "aws_access_key_id"));
  if (key_id.empty()) return std::optional<SigningIdentity>();
  const std::string secret(find_setting(sections, place.name, "aws_secret_access_key"));
  if (secret.empty()) {
    return broken(place.provider(), std::string("aws_access_key_id without aws_secret_access_key in the ") + file);
  }
  SigningIdentity identity;
  identity.access_key_id = key_id;
  identity.secret_access_key = Secret(secret);
  identity.session_token = Secret(std::string(find_setting(sections, place.name, "aws_session_token")));
  identity.origin = place.provider();
  return std::optional(std::move(identity));
}

Result<RoleRequest> role_request(const ChainContext& context, const Place& place) {
  RoleRequest request{.role_arn = setting(context, place, "role_arn"),
                      .session_name = setting(context, place, "role_session_name"),
                      .external_id = setting(context, place, "external_id")};
  const std::string duration = setting(context, place, "duration_seconds");
  if (!duration.empty()) {
    const auto seconds = parse_whole(duration, kRoleSecondsMin, kRoleSecondsMax);
    if (!seconds) return broken(place.provider(), "duration_seconds must be 900 to 43200");
    request.duration_seconds = *seconds;
  }
  if (!setting(context, place, "mfa_serial").empty()) {
    return broken(place.provider(), "mfa_serial asks for a code that a server cannot type");
  }
  return request;
}

Walk<Found> named_source(ChainContext& context, Place place, std::string source) {
  if (source == "Environment") co_return environment_keys(context);
  if (source == "EcsContainer") {
    Found found = co_await container_identity(context);
    co_return found;
  }
  if (source == "Ec2InstanceMetadata") {
    Found found = co_await instance_identity(context);
    co_return found;
  }
  co_return broken(place.provider(), "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer");
}

// The identity behind source_profile.
Walk<Found> source_profile_identity(ChainContext& context, Place place, std::string source) {
  if (source == place.name) {  // a profile may name itself: its keys assume its role
    Found keys = static_keys(context.files.credentials, place, "credentials file");
    if (keys && !*keys) keys = static_keys(context.files.config, place, "config file");
    co_return keys;
  }
  if (std::ranges::find(place.visited, source) != place.visited.end()) {
    std::string loop;
    for (const std::string& name : place.visited) loop.append(name).append(" -> ");
    co_return broken(place.provider(), "source_profile runs in a circle: " + loop + source);
  }
  if (!context.files.has_profile(source)) {
    co_return broken(place.provider(), "source_profile names the profile " + source + ", which does not exist");
  }
  Place next{.name = source, .visited = place.visited};
  next.visited.push_back(source);
  Found found = co_await identity_of(context, std::move(next), false);
  co_return found;
}

Walk<Found> role_of_profile(ChainContext& context, Place place) {
  const std::string provider = place.provider();
  auto request = role_request(context, place);
  if (!request) co_return std::unexpected(request.error());
  const std::string source_profile = setting(context, place, "source_profile");
  const std::string credential_source = setting(context, place, "credential_source");
  if (source_profile.empty() == credential_source.empty()) {
    co_return broken(provider, "role_arn needs exactly one of source_profile and credential_source");
  }
  const std::string source = source_profile.empty() ? credential_source : source_profile;
  auto walk =
      source_profile.empty() ? named_source(context, place, source) : source_profile_identity(context, place, source);
  Found base = co_await walk;
  if (!base) co_return base;
  if (!*base) co_return unavailable(provider, "there are no credentials in its source " + source);
  Found found = co_await assume_role(context, provider, std::move(**base), std::move(*request));
  co_return found;
}

// From the environment (only for the active profile), else from the profile.
Walk<Found> web_identity(ChainContext& context, Place place, bool with_environment) {
  const std::string_view env_file = context.env("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (with_environment && context.settings.profile.empty() && !env_file.empty()) {
    constexpr const char* kProvider = "web identity";
    RoleRequest request{.role_arn = std::string(context.env("AWS_ROLE_ARN")),
                        .session_name = std::string(context.env("AWS_ROLE_SESSION_NAME"))};
    if (request.role_arn.empty()) co_return broken(kProvider, "AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN");
    Found found = co_await assume_role_with_token_file(context, kProvider, std::move(request), std::string(env_file));
    co_return found;
  }
  std::string file = setting(context, place, "web_identity_token_file");
  if (file.empty()) co_return std::optional<SigningIdentity>();
  auto request = role_request(context, place);
  if (!request) co_return std::unexpected(request.error());
  if (request->role_arn.empty()) co_return broken(place.provider(), "web_identity_token_file without role_arn");
  Found found = co_await assume_role_with_token_file(context, place.provider(), std::move(*request), std::move(file));
  co_return found;
}

struct SsoSettings {
  std::string cache_name;  // what the cache file's name is the hash of
  std::string region;
  std::string account;
  std::string role;
};

// nullopt: the profile has nothing to do with SSO.
Result<std::optional<SsoSettings>> sso_settings(const ChainContext& context, const Place& place) {
  const std::string session = setting(context, place, "sso_session");
  const std::string start_url = setting(context, place, "sso_start_url");
  SsoSettings sso{.cache_name = session.empty() ? start_url : session,
                  .region = setting(context, place, "sso_region"),
                  .account = setting(context, place, "sso_account_id"),
                  .role = setting(context, place, "sso_role_name")};
  // A session without account and role serves token users (CodeCatalyst), not signers.
  if (sso.cache_name.empty() || (sso.account.empty() && sso.role.empty())) return std::nullopt;
  if (!session.empty()) {
    if (!context.files.sso_sessions.contains(session)) {
      return broken(place.provider(),
                    "sso_session names the section sso-session " + session + ", which does not exist");
    }
    sso.region = find_setting(context.files.sso_sessions, session, "sso_region");
  }
  if (sso.account.empty() || sso.role.empty()) {
    return broken(place.provider(), "SSO needs both sso_account_id and sso_role_name");
  }
  if (!plausible_region(sso.region)) return broken(place.provider(), "sso_region is missing or not a region's name");
  return sso;
}

Walk<Found> sso_identity(ChainContext& context, Place place) {
  const std::string provider = place.provider() + " (sso)";
  auto settings = sso_settings(context, place);
  if (!settings) co_return std::unexpected(settings.error());
  if (!*settings) co_return std::optional<SigningIdentity>();
  const SsoSettings sso = **settings;
  const std::string login = "; log in with: aws sso login --profile " + place.name;
  const std::string path = expand_home(context, "~/.aws/sso/cache/" + codec::sha1_hex(sso.cache_name) + ".json");
  const FileRead file = co_await context.read(path);
  if (!file.found) co_return unavailable(provider, "there is no cached token" + login);
  const auto token = parse_sso_token(file.text);
  if (!token) co_return unavailable(provider, "the cached token: " + token.error().message + login);
  if (token->expires <= context.now) co_return unavailable(provider, "the cached token has expired" + login);
  if (!fit_for_header(token->access_token.reveal())) co_return unavailable(provider, "the cached token is not one");
  HttpCall call;
  call.method = "GET";
  call.url = "https://" + endpoint_host("portal.sso", sso.region) +
             "/federation/credentials?role_name=" + codec::percent_encode(sso.role) +
             "&account_id=" + codec::percent_encode(sso.account);
  call.headers.emplace_back("x-amz-sso_bearer_token", token->access_token.reveal());
  call.timeout = kSsoTimeout;
  const HttpAnswered answer = co_await call_patiently(context, std::move(call), kSsoAttempts);
  if (answer.status == 401) co_return unavailable(provider, "the cached token is not taken any more" + login);
  if (answer.status != 200) {
    const bool again = answer.status == 0 || answer.status >= 500;
    co_return unavailable(provider, describe(answer), again ? Retry::kYes : Retry::kNo, answer.status);
  }
  auto identity = parse_sso_credentials(answer.body);
  if (!identity) co_return unavailable(provider, identity.error().message);
  identity->origin = provider;
  co_return std::optional<SigningIdentity>(std::move(*identity));
}

Walk<Found> process_identity(ChainContext& context, Place place) {
  const std::string line = setting(context, place, "credential_process");
  if (line.empty()) co_return std::optional<SigningIdentity>();
  const std::string provider = place.provider() + " (credential_process)";
  auto argv = split_command_line(line);
  if (!argv) co_return broken(provider, argv.error().message);
  const ProcessEnded ended = co_await context.run(std::move(*argv));
  if (!ended.trouble.empty()) co_return unavailable(provider, ended.trouble);
  if (ended.exit_code != 0) {
    co_return unavailable(provider, "the program ended with code " + std::to_string(ended.exit_code));
  }
  auto identity = parse_process_credentials(ended.out);
  if (!identity) co_return unavailable(provider, identity.error().message);
  identity->origin = provider;
  co_return std::optional<SigningIdentity>(std::move(*identity));
}

Walk<Found> identity_of(ChainContext& context, Place place, bool with_environment) {
  const bool has_token_file = !setting(context, place, "web_identity_token_file").empty();
  if (!setting(context, place, "role_arn").empty() && !has_token_file) {
    Found role = co_await role_of_profile(context, place);
    co_return role;
  }
  Found found = co_await web_identity(context, place, with_environment);
  if (!found || *found) co_return found;
  found = co_await sso_identity(context, place);
  if (!found || *found) co_return found;
  found = static_keys(context.files.credentials, place, "credentials file");
  if (!found || *found) co_return found;
  found = co_await process_identity(context, place);
  if (!found || *found) co_return found;
  co_return static_keys(context.files.config, place, "config file");
}

}  // namespace

Walk<Found> profile_identity(ChainContext& context) {
  Place place{.name = context.profile, .visited = {context.profile}};
  const std::string provider = place.provider();
  const bool exists = context.files.has_profile(place.name);
  if (!exists && context.profile_is_chosen()) co_return broken(provider, "is in neither of the shared files");
  Found found = co_await identity_of(context, std::move(place), true);
  if (found && !*found) co_return context.pass(provider, exists ? "has no credentials" : "does not exist");
  co_return found;
}

}  // namespace stargate::aws
