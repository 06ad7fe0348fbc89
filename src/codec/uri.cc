#include "codec/uri.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "codec/json_scan.h"

namespace stargate::codec {
namespace {

constexpr std::size_t kHostBytesMax = 255;  // RFC 1035 §2.3.4

// RFC 3986 §2.3.
constexpr std::array<bool, 256> make_unreserved() {
  std::array<bool, 256> unreserved{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    unreserved[static_cast<unsigned char>(c)] = true;
  }
  return unreserved;
}
constexpr auto kUnreserved = make_unreserved();
bool is_unreserved(char c) { return kUnreserved[static_cast<unsigned char>(c)]; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Failure refused(std::string_view why) {
  return base::client_error(ErrorCode::kBadRequest, std::string("invalid URL: ").append(why));
}

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool is_ipv6(std::string_view text) {
  return text.size() >= 2 && text.size() <= 45 && text.find(':') != std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return json::hex_digit(c) >= 0 || c == ':' || c == '.'; });
}

// "host", "host:port", "[v6]", "[v6]:port" into `url`.
Result<void> parse_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) return refused("user info is not allowed");
  std::string_view host;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return refused("']' is missing");
    host = authority.substr(1, close - 1);
    rest = authority.substr(close + 1);
    if (!is_ipv6(host)) return refused("bad IPv6 address");
  } else {
    const std::size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    if (host.empty() || host.size() > kHostBytesMax) return refused("bad host");
    if (!std::ranges::all_of(host, is_unreserved)) return refused("bad host");
  }
  url.host.assign(host);
  std::ranges::transform(url.host, url.host.begin(), lower);
  url.port = default_port(url.scheme);
  if (rest.empty()) return {};
  rest.remove_prefix(1);
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), url.port);
  const bool whole = !rest.empty() && read.ec == std::errc{} && read.ptr == rest.data() + rest.size();
  if (!whole || url.port == 0) return refused("bad port");
  return {};
}

}  // namespace

std::string percent_encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 4 + 16);
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (kUnreserved[byte] || (keep_slash && byte == '/')) continue;
    out.append(text, from, at - from);
    out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    from = at + 1;
  }
  out.append(text, from);
  return out;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const int high = c == '%' && at + 2 < text.size() ? json::hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? json::hex_digit(text[at + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      at += 2;
    } else {
      out.push_back(c == '+' && plus_is_space ? ' ' : c);
    }
  }
  return out;
}

std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    out.emplace_back(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
  }
  return out;
}

std::string Url::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  std::string out = ipv6 ? "[" + host + "]" : host;
  if (port != default_port(scheme)) out.append(":").append(std::to_string(port));
  return out;
}

Result<Url> parse_url(std::string_view text) {
  const bool clean = std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7F;
  });
  if (!clean) return refused("a space, control character or non-ASCII byte");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return refused("no scheme");
  Url url;
  url.scheme.assign(text.substr(0, colon));
  std::ranges::transform(url.scheme, url.scheme.begin(), lower);
  if (url.scheme != "http" && url.scheme != "https") return refused("the scheme is neither http nor https");
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return refused("a fragment is not allowed");
  if (rest.find('\\') != std::string_view::npos) return refused("a backslash is not allowed");
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  if (auto read = parse_authority(rest.substr(0, path), url); !read) return Failure(std::move(read.error()));
  rest = rest.substr(path);
  if (!rest.starts_with('/')) url.target = "/";
  url.target.append(rest);
  return url;
}

}  // namespace stargate::codec
