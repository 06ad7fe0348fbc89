#include "aws/credential_json.h"

#include <chrono>
#include <utility>

#include "aws/timestamp.h"
#include "codec/json.h"

namespace stargate::aws {
namespace {

using codec::json::Document;
using codec::json::Value;

Failure bad(std::string message, std::string type = {}) {
  Error error;
  error.code = ErrorCode::kUnavailable;
  error.source = ErrorSource::kUpstream;
  error.message = std::move(message);
  error.type = std::move(type);
  return std::unexpected(std::move(error));
}

// The codec's message may quote the text; ours must not.
Result<Document> parse_object(std::string_view json) {
  if (json.size() > kCredentialJsonBytesMax) return bad("the document is too large");
  auto document = Document::parse_copy(json);
  if (!document) return bad("the document is not JSON");
  if (!document->root().is_object()) return bad("the document is not a JSON object");
  return document;
}

// Fills in the expiry when there is one. An expiry that cannot be read is an error: such credentials would be kept
// for ever.
Result<void> read_expiry(Value object, std::string_view name, SigningIdentity& identity) {
  const auto member = object.find(name);
  if (!member || member->is_null()) return {};
  identity.expires = parse_iso8601(object.text_at(name));
  if (!identity.expires) return bad("the document's " + std::string(name) + " is not an ISO-8601 time");
  return {};
}

Result<SigningIdentity> read_keys(Value object, std::string_view key_id, std::string_view secret,
                                  std::string_view token) {
  SigningIdentity identity;
  identity.access_key_id = object.text_at(key_id);
  identity.secret_access_key = Secret(object.text_at(secret));
  identity.session_token = Secret(object.text_at(token));
  if (identity.access_key_id.empty()) return bad("the document has no " + std::string(key_id));
  if (identity.secret_access_key.empty()) return bad("the document has no " + std::string(secret));
  return identity;
}

}  // namespace

Result<SigningIdentity> parse_metadata_credentials(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return std::unexpected(document.error());
  const Value root = document->root();
  for (const char* name : {"Code", "code"}) {
    const std::string code = root.text_at(name);
    if (!code.empty() && code != "Success") return bad("the endpoint answered " + code, code);
  }
  auto identity = read_keys(root, "AccessKeyId", "SecretAccessKey", "Token");
  if (!identity) return identity;
  if (const auto expiry = read_expiry(root, "Expiration", *identity); !expiry) return std::unexpected(expiry.error());
  if (!identity->expires) return bad("the document has no Expiration");
  return identity;
}

Result<SigningIdentity> parse_process_credentials(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return std::unexpected(document.error());
  const Value root = document->root();
  const auto version = root.find("Version");
  if (!version || version->as_int() != 1) return bad("the document's Version is not 1");
  auto identity = read_keys(root, "AccessKeyId", "SecretAccessKey", "SessionToken");
  if (!identity) return identity;
  if (const auto expiry = read_expiry(root, "Expiration", *identity); !expiry) return std::unexpected(expiry.error());
  return identity;
}

Result<SsoToken> parse_sso_token(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return std::unexpected(document.error());
  SsoToken token;
  token.access_token = Secret(document->root().text_at("accessToken"));
  if (token.access_token.empty()) return bad("the document has no accessToken");
  const auto expires = parse_iso8601(document->root().text_at("expiresAt"));
  if (!expires) return bad("the document has no expiresAt");
  token.expires = *expires;
  return token;
}

Result<SigningIdentity> parse_sso_credentials(std::string_view json) {
  // 2200-01-01 in milliseconds, past which the nanosecond clock would overflow.
  constexpr std::int64_t kMillisecondsMax = 7'258'118'400'000;
  const auto document = parse_object(json);
  if (!document) return std::unexpected(document.error());
  const auto role = document->root().find("roleCredentials");
  if (!role) return bad("the document has no roleCredentials");
  auto identity = read_keys(*role, "accessKeyId", "secretAccessKey", "sessionToken");
  if (!identity) return identity;
  const auto expiration = role->find("expiration");
  const auto milliseconds = expiration ? expiration->as_int() : std::nullopt;
  if (!milliseconds || *milliseconds < 0 || *milliseconds > kMillisecondsMax) {
    return bad("the document has no expiration");
  }
  identity->expires = WallTime(std::chrono::milliseconds(*milliseconds));
  return identity;
}

}  // namespace stargate::aws
