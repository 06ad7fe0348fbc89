#include "gateway/admit.h"

#include <array>
#include <string>
#include <string_view>

#include "codec/hash.h"

namespace stargate::gateway {

namespace {

// In the order of LiteLLM's documentation; x-api-key is the Anthropic SDKs' and Claude Code's.
constexpr std::array<std::string_view, 4> kKeyHeaders = {"x-litellm-api-key", "authorization", "api-key", "x-api-key"};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view without_scheme(std::string_view value) {
  constexpr std::string_view kBearer = "bearer ";
  value = trim(value);
  if (value.size() > kBearer.size() && codec::http1::iequals(value.substr(0, kBearer.size()), kBearer)) {
    value = trim(value.substr(kBearer.size()));
  }
  return value;
}

}  // namespace

Result<std::shared_ptr<const policy::Principal>> admit(const policy::Catalog& catalog,
                                                       const codec::http1::Headers& headers) {
  bool any = false;
  for (const std::string_view name : kKeyHeaders) {
    const std::string_view key = without_scheme(headers.get(name));
    if (key.empty()) continue;
    any = true;
    // The table is keyed by the digest, which a caller cannot steer: the look-up's time tells nothing of the key.
    const auto found = catalog.principals.find(codec::hex(codec::sha256(key)));
    if (found != catalog.principals.end()) return found->second;
  }
  if (!any) {
    return base::client_error(ErrorCode::kUnauthorized,
                              "Authentication Error, no API key was sent. Send it as 'Authorization: Bearer <key>' or "
                              "as 'x-api-key: <key>'.");
  }
  return base::client_error(ErrorCode::kUnauthorized, "Authentication Error, invalid API key.");
}

}  // namespace stargate::gateway
