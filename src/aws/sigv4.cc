#include "aws/sigv4.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include "aws/canonical.h"
#include "codec/uri.h"

namespace stargate::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::size_t kDateSize = 8;  // "20260101", the front of a time stamp

using HeaderView = std::pair<std::string_view, std::string_view>;

// Derived keys of this thread. A process signs with a handful of identities for a handful of regions; the date makes
// an entry useless after a day. The secret is part of the comparison: two secrets under one key id do happen (tests,
// and keys that were typed wrongly once).
struct DerivedKey {
  std::string key_id;
  Secret secret;
  std::string date;
  std::string region;
  std::string service;
  codec::Sha256 key{};
};
constexpr std::size_t kDerivedKeysMax = 8;

codec::Sha256 derive(std::string_view secret, std::string_view date, Scope scope) {
  const Secret start(std::string("AWS4").append(secret));
  const codec::Sha256 by_date = codec::hmac_sha256(start.reveal(), date);
  const codec::Sha256 by_region = codec::hmac_sha256(codec::as_view(by_date), scope.region);
  const codec::Sha256 by_service = codec::hmac_sha256(codec::as_view(by_region), scope.service);
  return codec::hmac_sha256(codec::as_view(by_service), kTerminator);
}

const codec::Sha256& derived_key(const SigningIdentity& identity, std::string_view date, Scope scope) {
  thread_local std::array<DerivedKey, kDerivedKeysMax> cache;
  thread_local std::size_t next = 0;
  const std::string_view secret = identity.secret_access_key.reveal();
  for (const DerivedKey& entry : cache) {
    if (entry.date == date && entry.key_id == identity.access_key_id && entry.region == scope.region &&
        entry.service == scope.service && entry.secret.reveal() == secret) {
      return entry.key;
    }
  }
  DerivedKey& entry = cache[next];
  next = (next + 1) % kDerivedKeysMax;
  entry = DerivedKey{identity.access_key_id,    identity.secret_access_key, std::string(date),
                     std::string(scope.region), std::string(scope.service), derive(secret, date, scope)};
  return entry.key;
}

std::string text_to_sign(std::string_view canonical, std::string_view stamp, Scope scope) {
  const codec::Sha256 digest = codec::sha256(canonical);
  std::string text;
  text.reserve(160 + scope.region.size() + scope.service.size());
  text.append(kAlgorithm).append("\n").append(stamp).append("\n");
  text.append(stamp.substr(0, kDateSize)).append("/").append(scope.region).append("/").append(scope.service);
  text.append("/").append(kTerminator).append("\n").append(codec::hex(digest));
  return text;
}

std::string_view find_header(std::span<const HeaderView> headers, std::string_view lower_name) {
  for (const auto& [name, value] : headers) {
    if (same_name(name, lower_name)) return value;
  }
  return {};
}

}  // namespace

std::string amz_date(WallTime now) {
  const auto days = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(now - days));
  std::string text = "00000000T000000Z";
  const auto put = [&text](std::size_t end, std::int64_t value, int digits) {
    for (int i = 0; i < digits; ++i, value /= 10) text[--end] = static_cast<char>('0' + value % 10);
  };
  put(4, static_cast<int>(date.year()), 4);
  put(6, static_cast<unsigned>(date.month()), 2);
  put(8, static_cast<unsigned>(date.day()), 2);
  put(11, clock.hours().count(), 2);
  put(13, clock.minutes().count(), 2);
  put(15, clock.seconds().count(), 2);
  return text;
}

std::string canonical_request(const SigningRequest& request) { return canonical_form(request).text; }

std::string string_to_sign(const std::string& canonical, Scope scope, WallTime now) {
  return text_to_sign(canonical, amz_date(now), scope);
}

std::string signature_of(std::string_view canonical, const SigningIdentity& identity, Scope scope,
                         std::string_view stamp) {
  const codec::Sha256& key = derived_key(identity, stamp.substr(0, kDateSize), scope);
  return codec::hex(codec::hmac_sha256(codec::as_view(key), text_to_sign(canonical, stamp, scope)));
}

std::vector<std::pair<std::string, std::string>> sign(const SigningRequest& request, const SigningIdentity& identity,
                                                      Scope scope, WallTime now) {
  std::vector<std::pair<std::string, std::string>> added;
  added.reserve(3);
  SigningRequest complete = request;
  complete.headers.reserve(request.headers.size() + 2);
  std::string stamp(find_header(request.headers, "x-amz-date"));
  if (stamp.empty()) {
    stamp = amz_date(now);
    complete.headers.emplace_back("x-amz-date", stamp);
    added.emplace_back("X-Amz-Date", stamp);
  }
  const std::string_view token = identity.session_token.reveal();
  if (!token.empty() && find_header(request.headers, "x-amz-security-token").empty()) {
    complete.headers.emplace_back("x-amz-security-token", token);
    added.emplace_back("X-Amz-Security-Token", token);
  }
  const CanonicalForm canonical = canonical_form(complete);
  std::string value;
  value.reserve(192 + identity.access_key_id.size() + scope.region.size() + scope.service.size() +
                canonical.signed_headers().size());
  value.append(kAlgorithm).append(" Credential=").append(identity.access_key_id).append("/");
  value.append(stamp, 0, kDateSize).append("/").append(scope.region).append("/").append(scope.service);
  value.append("/").append(kTerminator).append(", SignedHeaders=").append(canonical.signed_headers());
  value.append(", Signature=").append(signature_of(canonical.text, identity, scope, stamp));
  added.emplace_back("Authorization", std::move(value));
  return added;
}

}  // namespace stargate::aws
