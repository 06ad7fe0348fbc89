// The credential chain of the AWS SDKs as a machine without I/O: it says what it needs, is told the outcome, and ends
// with an identity, with "nothing is configured", or with an error that names the provider at fault.
//
// Order (botocore's): settings · AWS_BEARER_TOKEN_BEDROCK · environment keys · assume-role profile · web identity ·
// SSO · credentials file · credential_process · config file · container endpoint · instance metadata (IMDSv2).
// What is set explicitly in ChainSettings (keys, profile, role or web identity token) is never overridden by
// AWS_BEARER_TOKEN_BEDROCK, and an explicit profile removes the environment's keys. A provider that is not configured
// is passed over; a provider that is configured and fails ends the chain: falling through would sign with somebody
// else's rights.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "aws/credentials.h"
#include "aws/environment.h"
#include "base/error.h"
#include "base/time.h"

namespace stargate::aws {

// All of it optional. `web_identity_token` is the token itself, or a file's path when it holds a slash (a JWT never
// does). With role_arn and no web identity token, the rest of the chain gives the identity that assumes the role.
struct ChainSettings {
  std::string access_key_id = {};
  Secret secret_access_key = {};
  Secret session_token = {};
  Secret bearer = {};
  std::string profile = {};
  std::string role_arn = {};
  std::string role_session_name = {};
  std::string external_id = {};
  std::string web_identity_token = {};
  std::string sts_endpoint = {};  // URL
  std::string region = {};
};

// Origin of identities from instance metadata: those may be used past their expiry (AWS's "static stability").
inline constexpr const char* kImdsOrigin = "imds";

// What the machine asks for ---------------------------------------------------------------------------------------

struct ReadFile {
  std::string path;
};

// To be run without a shell, with standard input closed.
struct RunProcess {
  std::vector<std::string> argv;
};

struct SignWith {
  SigningIdentity identity;
  std::string region;
  std::string service;
};

// One attempt; the machine itself asks again. Must follow no redirect, and bypass every proxy when `local`. With
// `sign`, the driver adds SigV4 headers over host, content-type and its own clock.
struct HttpCall {
  std::string method = {};
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  Duration timeout = std::chrono::seconds(5);
  Duration delay = Duration::zero();  // to wait before the attempt, with jitter
  std::optional<SignWith> sign = {};
  bool local = false;  // to this machine's own metadata or container endpoint: never through a proxy
};

struct Done {
  SigningIdentity identity;
  std::string region;  // resolve_region's answer, may be empty
};
struct NotConfigured {
  std::string tried;  // every provider and why it was passed over, for people
};
struct Failed {
  Error error;  // kUnavailable, or kBadRequest for a wrong configuration; the message begins with the provider
};

using Action = std::variant<ReadFile, RunProcess, HttpCall, Done, NotConfigured, Failed>;

// What it is told -------------------------------------------------------------------------------------------------

// `trouble`: why there is no text; empty with found == false: there is no such file.
struct FileRead {
  bool found = false;
  std::string text = {};
  std::string trouble = {};
};

struct ProcessEnded {
  int exit_code = 0;
  std::string out = {};      // standard output
  std::string trouble = {};  // not empty: could not be started, was too slow, or said too much
};

struct HttpAnswered {
  int status = 0;  // 0: no answer, see trouble
  std::string body = {};
  std::string trouble = {};
};

using Outcome = std::variant<std::monostate, FileRead, ProcessEnded, HttpAnswered>;

inline constexpr std::size_t kProcessOutputBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kCredentialAnswerBytesMax = std::size_t{64} * 1024;

// One walk through the chain. Owned by one refresh; not thread-safe; holds secrets until destroyed.
// Invariant: next() is called first with std::monostate, then with the outcome that belongs to the last action, until
// an end (Done, NotConfigured, Failed) is returned; after that it returns the same end again.
class CredentialChain {
 public:
  // `now`: for the expiry of SSO tokens and generated session names.
  CredentialChain(ChainSettings settings, Environment environment, WallTime now);
  CredentialChain(const CredentialChain&) = delete;
  CredentialChain& operator=(const CredentialChain&) = delete;
  ~CredentialChain();

  Action next(Outcome outcome);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stargate::aws
