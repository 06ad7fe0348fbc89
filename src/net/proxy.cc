#include "net/proxy.h"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cctype>
#include <charconv>
#include <utility>

namespace stargate::net {

namespace {

using boost::asio::ip::address;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::optional<address> parse_address(std::string_view text) {
  boost::system::error_code error;
  address parsed = boost::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return parsed;
}

std::string address_bytes(const address& ip) {
  if (ip.is_v4()) {
    const auto bytes = ip.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = ip.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}

bool same_prefix(std::string_view left, std::string_view right, unsigned bits) {
  if (left.size() != right.size()) return false;
  const std::size_t whole = bits / 8;
  if (left.substr(0, whole) != right.substr(0, whole)) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xFFU << (8 - bits % 8);
  return ((static_cast<unsigned char>(left[whole]) ^ static_cast<unsigned char>(right[whole])) & mask & 0xFFU) == 0;
}

// "host", "host:port", "[v6]", "[v6]:port" or a bare v6 address.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
std::optional<HostPort> split_host_port(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    HostPort result{std::string(text.substr(1, close - 1)), 0};
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return result;
    const auto port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
    if (!port) return std::nullopt;
    result.port = *port;
    return result;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return HostPort{std::string(text), 0};
  }
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  return HostPort{std::string(text.substr(0, colon)), *port};
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3;
    result.push_back(escape ? static_cast<char>(value) : text[i]);
    if (escape) i += 2;
  }
  return result;
}

std::string basic_authorization(std::string_view user_and_password) {
  const std::string plain = percent_decoded(user_and_password);
  std::string encoded((plain.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

Result<std::optional<Proxy>> parse_proxy(std::string_view variable, std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::string name(variable);
  const std::size_t scheme_end = text.find("://");
  if (scheme_end != std::string_view::npos) {
    if (lower(text.substr(0, scheme_end)) != "http") {
      return base::fail(ErrorCode::kBadRequest, name + ": only proxies that are spoken to by http:// are supported");
    }
    text.remove_prefix(scheme_end + 3);
  }
  text = text.substr(0, text.find('/'));
  Proxy proxy;
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    proxy.authorization = Secret(basic_authorization(text.substr(0, at)));
    text.remove_prefix(at + 1);
  }
  const auto split = split_host_port(text);
  if (!split || split->host.empty()) {
    return base::fail(ErrorCode::kBadRequest, name + ": expected http://[user:password@]host[:port]");
  }
  proxy.host = split->host;
  if (split->port != 0) proxy.port = split->port;
  return proxy;
}

}  // namespace

Result<ProxyRules> ProxyRules::parse(const ProxyEnvironment& environment) {
  ProxyRules rules;
  auto https = parse_proxy("HTTPS_PROXY", environment.https_proxy);
  if (!https) return std::unexpected(std::move(https.error()));
  auto http = parse_proxy("HTTP_PROXY", environment.http_proxy);
  if (!http) return std::unexpected(std::move(http.error()));
  rules.https_ = std::move(*https);
  rules.http_ = std::move(*http);
  std::string_view list = environment.no_proxy;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", \t"), list.size());
    const std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    if (item.empty()) continue;
    if (item == "*") {
      rules.except_all_ = true;
      continue;
    }
    auto exception = parse_exception(item);
    if (!exception) {
      return base::fail(ErrorCode::kBadRequest, "NO_PROXY: cannot understand \"" + std::string(item) + "\"");
    }
    rules.exceptions_.push_back(std::move(*exception));
  }
  return rules;
}

std::optional<ProxyRules::Exception> ProxyRules::parse_exception(std::string_view text) {
  Exception exception;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto network = parse_address(text.substr(0, slash));
    const std::string_view bits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), exception.prefix_bits);
    if (!network || error != std::errc() || end != bits.data() + bits.size()) return std::nullopt;
    exception.network = address_bytes(*network);
    if (exception.prefix_bits > exception.network.size() * 8) return std::nullopt;
    return exception;
  }
  const auto split = split_host_port(text);
  if (!split) return std::nullopt;
  std::string name = lower(split->host);
  if (name.starts_with("*.")) name.erase(0, 2);
  if (name.starts_with('.')) name.erase(0, 1);
  if (name.empty()) return std::nullopt;
  exception.port = split->port;
  if (const auto ip = parse_address(name)) {
    exception.network = address_bytes(*ip);
    exception.prefix_bits = static_cast<unsigned>(exception.network.size() * 8);
  } else {
    exception.name = std::move(name);
  }
  return exception;
}

bool ProxyRules::excepted(const ports::Origin& origin) const {
  if (except_all_) return true;
  const std::string host = lower(origin.host);
  const auto ip = parse_address(host);
  if (host == "localhost" || host.ends_with(".localhost") || (ip && ip->is_loopback())) return true;
  const std::string bytes = ip ? address_bytes(*ip) : std::string();
  for (const Exception& exception : exceptions_) {
    if (exception.port != 0 && exception.port != origin.port) continue;
    if (!exception.network.empty()) {
      if (ip && same_prefix(bytes, exception.network, exception.prefix_bits)) return true;
      continue;
    }
    if (host == exception.name || host.ends_with("." + exception.name)) return true;
  }
  return false;
}

const Proxy* ProxyRules::proxy_for(const ports::Origin& origin) const {
  const std::optional<Proxy>& proxy = origin.tls ? https_ : http_;
  if (!proxy || excepted(origin)) return nullptr;
  return &*proxy;
}

}  // namespace stargate::net
