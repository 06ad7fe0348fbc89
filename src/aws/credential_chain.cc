#include "aws/credential_chain.h"

#include <exception>

#include "aws/chain_context.h"
#include "aws/metadata_source.h"
#include "aws/profile_source.h"
#include "aws/sts_source.h"

namespace stargate::aws {
namespace {

constexpr const char* kSettings = "settings";

SigningIdentity bearer_identity(Secret bearer, const char* origin) {
  SigningIdentity identity;
  identity.bearer = std::move(bearer);
  identity.origin = origin;
  return identity;
}

// What the settings hold themselves.
Found settings_identity(const ChainSettings& settings) {
  if (!settings.bearer.empty()) return std::optional(bearer_identity(settings.bearer, kSettings));
  if (settings.access_key_id.empty() && settings.secret_access_key.empty()) return std::optional<SigningIdentity>();
  if (settings.access_key_id.empty() || settings.secret_access_key.empty()) {
    return broken(kSettings, "an access key id and a secret access key must be given together");
  }
  SigningIdentity identity;
  identity.access_key_id = settings.access_key_id;
  identity.secret_access_key = settings.secret_access_key;
  identity.session_token = settings.session_token;
  identity.origin = kSettings;
  return std::optional(std::move(identity));
}

// The chain below the settings' own keys.
Walk<Found> base_identity(ChainContext& context) {
  const ChainSettings& settings = context.settings;
  const std::string_view bearer = context.env("AWS_BEARER_TOKEN_BEDROCK");
  if (!bearer.empty() && settings.profile.empty() && settings.role_arn.empty()) {
    co_return std::optional(bearer_identity(Secret(std::string(bearer)), "AWS_BEARER_TOKEN_BEDROCK"));
  }
  Found found =
      settings.profile.empty() ? environment_keys(context) : context.pass("environment", "not asked, a profile is set");
  if (!found || *found) co_return found;
  const Result<void> loaded = co_await load_files(context);
  if (!loaded) co_return std::unexpected(loaded.error());
  found = co_await profile_identity(context);
  if (!found || *found) co_return found;
  found = co_await container_identity(context);
  if (!found || *found) co_return found;
  found = co_await instance_identity(context);
  co_return found;
}

// The region may stand in a file that the walk had no reason to read so far. A broken file is not reported for that.
Walk<std::string> find_region(ChainContext& context) {
  std::string region = context.region();
  if (region.empty() && !context.files_loaded) {
    co_await load_files(context);
    region = context.region();
  }
  co_return region;
}

Walk<Found> settings_web_identity(ChainContext& context) {
  const ChainSettings& settings = context.settings;
  const std::string token = settings.web_identity_token;
  const std::string provider = std::string(kSettings) + " (web identity)";
  RoleRequest request{.role_arn = settings.role_arn, .session_name = settings.role_session_name};
  if (request.role_arn.empty()) co_return broken(provider, "a web identity token without a role");
  if (token.starts_with("oidc/")) co_return broken(provider, "tokens by reference (oidc/...) are not supported");
  co_await find_region(context);  // STS is asked where the profile says
  auto walk = token.find('/') == std::string::npos ? assume_role_with_web_identity(context, provider, request, token)
                                                   : assume_role_with_token_file(context, provider, request, token);
  Found found = co_await walk;
  co_return found;
}

Walk<Found> find_identity(ChainContext& context) {
  const ChainSettings& settings = context.settings;
  if (!settings.web_identity_token.empty()) {
    Found found = co_await settings_web_identity(context);
    co_return found;
  }
  Found base = settings_identity(settings);
  if (base && !*base) base = co_await base_identity(context);
  if (!base || !*base || settings.role_arn.empty()) co_return base;
  RoleRequest request{
      .role_arn = settings.role_arn, .session_name = settings.role_session_name, .external_id = settings.external_id};
  co_await find_region(context);  // STS is asked where the profile says
  Found found = co_await assume_role(context, "settings (role)", std::move(**base), std::move(request));
  co_return found;
}

Walk<Action> walk_chain(ChainContext& context) {
  Found found = co_await find_identity(context);
  if (!found) co_return Failed{std::move(found.error())};
  if (!*found) co_return NotConfigured{context.tried};
  std::string region = co_await find_region(context);
  co_return Done{std::move(**found), std::move(region)};
}

}  // namespace

struct CredentialChain::State {
  ChainContext context;
  Walk<Action> walk = {};
  std::optional<Action> end = {};
};

CredentialChain::CredentialChain(ChainSettings settings, Environment environment, WallTime now) {
  std::string profile = active_profile(settings.profile, environment);
  state_.reset(new State{.context = {.settings = std::move(settings),
                                     .environment = std::move(environment),
                                     .now = now,
                                     .profile = std::move(profile)}});
}

CredentialChain::~CredentialChain() = default;

Action CredentialChain::next(Outcome outcome) {
  State& state = *state_;
  if (state.end) return *state.end;
  Mailbox& mailbox = state.context.mailbox;
  try {
    if (std::coroutine_handle<> waiting = std::exchange(mailbox.waiting, {})) {
      mailbox.answer = std::move(outcome);
      waiting.resume();
    } else {
      state.walk = walk_chain(state.context);
      state.walk.start();
    }
    if (!state.walk.done()) {
      Action question = std::move(*mailbox.question);
      mailbox.question.reset();
      return question;
    }
    state.end = state.walk.result();
  } catch (const std::exception&) {
    state.end = Failed{broken("credential chain", "out of memory or another internal error").error()};
  }
  return *state.end;
}

}  // namespace stargate::aws
