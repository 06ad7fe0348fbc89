// Percent encoding, targets and query strings (RFC 3986), and absolute http(s) URLs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace stargate::codec {

// Encodes everything outside A-Za-z0-9-._~ as %XX (upper case); keep_slash leaves '/'.
std::string percent_encode(std::string_view text, bool keep_slash = false);
// Decodes %XX; malformed triplets are left as they stand. plus_is_space for form and query text.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

// "/a/b?x=1" -> {"/a/b", "x=1"}; no decoding.
std::pair<std::string_view, std::string_view> split_target(std::string_view target);

// Decoded name/value pairs in order.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

// An absolute http or https URL without fragment and user info.
struct Url {
  std::string scheme;      // "http" or "https"
  std::string host;        // lower case; IPv6 without brackets
  std::uint16_t port = 0;  // the scheme's default when the text names none
  std::string target;      // path and query as written, "/" when empty
  [[nodiscard]] bool tls() const { return scheme == "https"; }
  // host[:port] as it belongs in a Host header: brackets for IPv6, port only when not the default.
  [[nodiscard]] std::string authority() const;
};

// Errors: kBadRequest with the reason (other scheme, user info, bad port, control character ...).
Result<Url> parse_url(std::string_view text);

}  // namespace stargate::codec
