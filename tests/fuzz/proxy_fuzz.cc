// Proxy variables and NO_PROXY: whatever stands in them, loopback is never proxied, a proxy that is chosen has an
// address, and a host that NO_PROXY names is called directly.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/proxy.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool plain_name(std::string_view host) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  return !host.empty() && host.front() != '.' && host.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace

// Four lines: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, the host that is called.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace net = stargate::net;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::array<std::string, 4> lines;
  for (std::string& line : lines) {
    const std::size_t end = text.find('\n');
    line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const auto& [https_proxy, http_proxy, no_proxy, host] = lines;
  if (plain_name(host)) {
    const auto excepting = net::ProxyRules::parse({"proxy:3128", "proxy:3128", host});
    require(excepting && excepting->proxy_for({host, 443, true}) == nullptr);
    require(excepting->proxy_for({"below." + host, 80, false}) == nullptr ||
            host.find_first_not_of("0123456789.") == std::string::npos);
  }
  const auto rules = net::ProxyRules::parse({https_proxy, http_proxy, no_proxy});
  if (!rules) return 0;
  for (const bool tls : {true, false}) {
    const net::Proxy* proxy = rules->proxy_for({host, 443, tls});
    if (proxy != nullptr) require(!proxy->host.empty() && proxy->port != 0);
    require(proxy == nullptr || !(tls ? https_proxy : http_proxy).empty());
    for (const char* own : {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
      require(rules->proxy_for({own, 4566, tls}) == nullptr);
    }
  }
  return 0;
}
