// Verification of SigV4, with the answers that AWS gives. The wording follows what AWS services answer in practice;
// clients (and people) recognise it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "aws/canonical.h"
#include "aws/sigv4.h"
#include "aws/timestamp.h"

namespace stargate::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::chrono::minutes kSkewMax{5};
constexpr std::size_t kAuthorizationBytesMax = 8192;
constexpr std::size_t kSignedHeadersMax = 128;
constexpr std::size_t kEchoBytesMax = 128;  // of the client's own text in a message
constexpr std::string_view kNoMatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details.";

Failure refuse(std::string type, std::string message, int status) {
  Error error;
  error.code = status == 400 ? ErrorCode::kBadRequest : ErrorCode::kForbidden;
  error.source = ErrorSource::kClient;
  error.type = std::move(type);
  error.message = std::move(message);
  error.upstream_status = status;
  return std::unexpected(std::move(error));
}

Failure incomplete(std::string message) { return refuse("IncompleteSignatureException", std::move(message), 400); }
Failure invalid(std::string message) { return refuse("InvalidSignatureException", std::move(message), 403); }

std::string_view echo(std::string_view text) { return text.substr(0, kEchoBytesMax); }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

struct Authorization {
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view signature;
};

struct Credential {
  std::string_view key_id, date, region, service, terminator;
};

bool is_sigv4(std::string_view authorization) {
  return authorization.starts_with(kAlgorithm) &&
         (authorization.size() == kAlgorithm.size() || authorization[kAlgorithm.size()] == ' ');
}

// "Credential=..., SignedHeaders=..., Signature=..." in any order; the comma may stand without a space.
Authorization parse_parameters(std::string_view authorization) {
  Authorization parts;
  std::string_view rest = authorization.substr(kAlgorithm.size());
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = trimmed(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    const std::size_t equal = item.find('=');
    if (equal == std::string_view::npos) continue;
    const std::string_view name = item.substr(0, equal);
    const std::string_view value = item.substr(equal + 1);
    if (name == "Credential") parts.credential = value;
    if (name == "SignedHeaders") parts.signed_headers = value;
    if (name == "Signature") parts.signature = value;
  }
  return parts;
}

// The key id may hold anything but a slash; the four parts behind it are fixed.
std::optional<Credential> parse_credential(std::string_view text) {
  std::array<std::string_view, 5> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t slash = text.find('/');
    if ((slash == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    parts[i] = text.substr(0, slash);
    if (parts[i].empty()) return std::nullopt;
    text.remove_prefix(slash == std::string_view::npos ? text.size() : slash + 1);
  }
  return Credential{parts[0], parts[1], parts[2], parts[3], parts[4]};
}

std::string_view header_value(const VerifyRequest& request, std::string_view lower_name) {
  for (const auto& [name, value] : request.headers) {
    if (same_name(name, lower_name)) return trimmed(value);
  }
  return {};
}

struct RequestTime {
  WallTime time;
  std::string stamp;  // amz_date form
};

Result<RequestTime> request_time(const VerifyRequest& request) {
  const std::string_view text = header_value(request, "x-amz-date");
  if (!text.empty()) {
    const auto time = parse_amz_date(text);
    if (time) return RequestTime{*time, std::string(text)};
    return incomplete(fmt::format(
        "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601", echo(text)));
  }
  const auto time = parse_http_date(header_value(request, "date"));
  if (time) return RequestTime{*time, amz_date(*time)};
  return incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
}

Result<void> check_clock(const RequestTime& at, WallTime now) {
  if (at.time < now - kSkewMax) {
    return invalid(fmt::format("Signature expired: {} is now earlier than {} ({} - 5 min.)", at.stamp,
                               amz_date(now - kSkewMax), amz_date(now)));
  }
  if (at.time > now + kSkewMax) {
    return invalid(fmt::format("Signature not yet current: {} is still later than {} ({} + 5 min.)", at.stamp,
                               amz_date(now + kSkewMax), amz_date(now)));
  }
  return {};
}

Result<void> check_scope(const Credential& credential, Scope scope, const RequestTime& at) {
  if (credential.terminator != "aws4_request") {
    return invalid(fmt::format("Credential should be scoped with a valid terminator: 'aws4_request', not '{}'.",
                               echo(credential.terminator)));
  }
  const std::string_view date = std::string_view(at.stamp).substr(0, 8);
  if (credential.date != date) {
    return invalid(
        fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != "
                    "'{}', from '{}'.",
                    echo(credential.date), date, at.stamp));
  }
  if (credential.region != scope.region) {
    return invalid(fmt::format("Credential should be scoped to a valid region, not '{}'. ", echo(credential.region)));
  }
  if (credential.service != scope.service) {
    return invalid(fmt::format("Credential should be scoped to correct service: '{}'. ", scope.service));
  }
  return {};
}

Result<void> check_identity(const VerifyRequest& request, const Credential& credential, const SigningIdentity& expected,
                            WallTime now) {
  const std::string_view token = header_value(request, "x-amz-security-token");
  if (!base::constant_time_equal(credential.key_id, expected.access_key_id) ||
      !base::constant_time_equal(token, expected.session_token.reveal())) {
    return refuse("UnrecognizedClientException", "The security token included in the request is invalid.", 403);
  }
  if (expected.expires && *expected.expires <= now) {
    return refuse("ExpiredTokenException", "The security token included in the request is expired", 403);
  }
  return {};
}

// The request as its client must have signed it: the named headers, each with all of its values.
Result<SigningRequest> signed_part(const VerifyRequest& request, std::string_view names) {
  SigningRequest part{.method = request.method,
                      .path = request.path,
                      .query = request.query,
                      .headers = {},
                      .body_hash = codec::sha256(request.body)};
  bool host = false;
  std::size_t count = 0;
  while (!names.empty()) {
    const std::size_t semicolon = names.find(';');
    const std::string_view name = names.substr(0, semicolon);
    names.remove_prefix(semicolon == std::string_view::npos ? names.size() : semicolon + 1);
    if (++count > kSignedHeadersMax) return invalid(std::string(kNoMatch));
    host = host || name == "host";
    const std::size_t before = part.headers.size();
    for (const auto& header : request.headers) {
      if (same_name(header.first, name)) part.headers.push_back(header);
    }
    // A name that is signed but not sent: the signer saw another request than we do.
    if (part.headers.size() == before) return invalid(std::string(kNoMatch));
  }
  if (!host) return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  return part;
}

Result<Authorization> parse_authorization(std::string_view header) {
  if (header.empty()) return refuse("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
  if (!is_sigv4(header) || header.size() > kAuthorizationBytesMax) {
    return incomplete("Authorization header requires the algorithm 'AWS4-HMAC-SHA256'.");
  }
  const Authorization parts = parse_parameters(header);
  std::string missing;
  const auto require = [&missing](std::string_view value, std::string_view name) {
    if (value.empty()) missing += fmt::format("Authorization header requires '{}' parameter. ", name);
  };
  require(parts.credential, "Credential");
  require(parts.signature, "Signature");
  require(parts.signed_headers, "SignedHeaders");
  if (!missing.empty()) return incomplete(missing + "Authorization=AWS4-HMAC-SHA256");
  return parts;
}

}  // namespace

std::string_view access_key_of(std::string_view authorization) {
  if (!is_sigv4(authorization) || authorization.size() > kAuthorizationBytesMax) return {};
  const std::string_view credential = parse_parameters(authorization).credential;
  const std::size_t slash = credential.find('/');
  return slash == std::string_view::npos ? std::string_view() : credential.substr(0, slash);
}

Result<void> verify(const VerifyRequest& request, const SigningIdentity& expected, Scope scope, WallTime now) {
  const auto authorization = parse_authorization(header_value(request, "authorization"));
  if (!authorization) return std::unexpected(authorization.error());
  const auto credential = parse_credential(authorization->credential);
  if (!credential) {
    return incomplete(
        fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. "
                    "keyid/date/region/service/term, got '{}'",
                    echo(authorization->credential)));
  }
  const auto at = request_time(request);
  if (!at) return std::unexpected(at.error());
  if (auto known = check_identity(request, *credential, expected, now); !known) return known;
  if (auto scoped = check_scope(*credential, scope, *at); !scoped) return scoped;
  if (auto current = check_clock(*at, now); !current) return current;
  const auto part = signed_part(request, authorization->signed_headers);
  if (!part) return std::unexpected(part.error());
  const CanonicalForm canonical = canonical_form(*part);
  // The list must be the sorted, lower-case one that was part of what was signed.
  if (canonical.signed_headers() != authorization->signed_headers) return invalid(std::string(kNoMatch));
  if (!base::constant_time_equal(signature_of(canonical.text, expected, scope, at->stamp), authorization->signature)) {
    return invalid(std::string(kNoMatch));
  }
  return {};
}

}  // namespace stargate::aws
