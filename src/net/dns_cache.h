// Names to addresses, remembered for a while.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "net/core.h"
#include "ports/cancel.h"
#include "ports/task.h"

namespace stargate::net {

using Address = boost::asio::ip::address;
using Addresses = std::vector<Address>;

// Asks the system's resolver (on Asio's thread for it), one flight per name, and keeps an answer for `ttl`. Failures
// are not kept. The addresses of both families alternate, the system's first choice first. One per core.
class DnsCache {
 public:
  static constexpr std::size_t kNamesMax = 1024;

  DnsCache(Core& core, Duration ttl) : core_(core), ttl_(ttl), resolver_(core.executor()) {}
  DnsCache(const DnsCache&) = delete;
  DnsCache& operator=(const DnsCache&) = delete;

  // A numeric address is returned as it is. Errors: kBadGateway (no such name, no answer; retry kYes),
  // kGatewayTimeout, kCancelled.
  ports::Task<Result<Addresses>> resolve(std::string host, MonoTime deadline, ports::Cancel& cancel);

 private:
  struct Lookup;
  using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

  std::shared_ptr<Lookup> lookup(const std::string& host);

  Core& core_;
  Duration ttl_;
  Resolver resolver_;
  std::unordered_map<std::string, std::shared_ptr<Lookup>> lookups_;
};

}  // namespace stargate::net
