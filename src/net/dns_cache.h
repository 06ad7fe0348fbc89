// Names to addresses, remembered for a while.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "base/error.h"
#include "net/core.h"
#include "net/resolver_thread.h"
#include "ports/cancel.h"
#include "ports/task.h"

namespace stargate::net {

// Asks the system's resolver on a thread of its own, one flight per name, and keeps an answer for `ttl`. After that
// the old answer still serves for kStaleMax while a new one is on its way, or cannot be had: only the first request to
// a host waits for the DNS. Failures are not kept. One per core and purpose: names that clients choose must neither
// displace the configuration's nor keep its thread busy.
class DnsCache {
 public:
  static constexpr std::size_t kNamesMax = 1024;
  static constexpr std::chrono::minutes kStaleMax{5};

  DnsCache(Core& core, Duration ttl, std::size_t flights_max, ResolverThread::LookUp how = look_up);
  DnsCache(const DnsCache&) = delete;
  DnsCache& operator=(const DnsCache&) = delete;

  // A numeric address is returned as it is. Errors: kBadGateway (no such name, no answer, more than flights_max under
  // way; retry kYes), kGatewayTimeout (retry kYes), kCancelled. They name the host and are therefore internal.
  ports::Task<Result<Addresses>> resolve(std::string host, MonoTime deadline, ports::Cancel& cancel);

 private:
  struct Name;

  std::shared_ptr<Name> name(const std::string& host);
  bool begin(const std::string& host, const std::shared_ptr<Name>& name);

  Core& core_;
  Duration ttl_;
  std::size_t flights_max_;
  std::shared_ptr<std::size_t> flights_ = std::make_shared<std::size_t>(0);  // answers may come after the cache's end
  std::unordered_map<std::string, std::shared_ptr<Name>> names_;
  ResolverThread resolver_;
};

}  // namespace stargate::net
