// Which requests go through a proxy. Pure: the environment's values are given by the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "ports/upstream.h"

namespace stargate::net {

// The values of HTTPS_PROXY/https_proxy, HTTP_PROXY/http_proxy and NO_PROXY/no_proxy (the lower-case one wins);
// empty: not set. HTTP_PROXY in upper case must not be taken by CGI programs; this is none.
struct ProxyEnvironment {
  std::string https_proxy;
  std::string http_proxy;
  std::string no_proxy;
};

struct Proxy {
  std::string host;
  std::uint16_t port = 80;
  Secret authorization;  // "Basic ...", empty without credentials
};

// NO_PROXY is a list by commas or blanks: "*" (everything), a name ("example.com": itself and what ends in
// ".example.com"; with a leading "." or "*." only the latter as well as itself), an address, a CIDR range; each but "*"
// and ranges may have a ":port". Loopback is never proxied. This is the behaviour of curl and of Go's httpproxy.
class ProxyRules {
 public:
  ProxyRules() = default;  // no proxy
  // Errors: kBadRequest naming the variable. A proxy is "http://[user:password@]host[:port]" or without the scheme.
  static Result<ProxyRules> parse(const ProxyEnvironment& environment);

  // Null: directly.
  [[nodiscard]] const Proxy* proxy_for(const ports::Origin& origin) const;

 private:
  struct Exception {
    std::string name;     // lower case, without leading dot; empty for a range
    std::string network;  // address bytes of a range
    unsigned prefix_bits = 0;
    std::uint16_t port = 0;  // 0: any
  };
  [[nodiscard]] bool excepted(const ports::Origin& origin) const;
  static std::optional<Exception> parse_exception(std::string_view text);

  std::optional<Proxy> https_;
  std::optional<Proxy> http_;
  std::vector<Exception> exceptions_;
  bool except_all_ = false;
};

}  // namespace stargate::net
