#include "net/dns_cache.h"

#include <algorithm>
#include <list>
#include <utility>

#include "net/waiter.h"

namespace stargate::net {

// One flight and its result. Shared with the resolver's handler, which may outlive the cache.
struct DnsCache::Lookup {
  bool done = false;
  boost::system::error_code error;
  Addresses addresses;
  MonoTime expires;
  std::list<Waiter*> waiting;

  void finish(const boost::system::error_code& why, const Resolver::results_type& results, Duration ttl);
};

void DnsCache::Lookup::finish(const boost::system::error_code& why, const Resolver::results_type& results,
                              Duration ttl) {
  done = true;
  error = why;
  expires = Core::now() + ttl;
  Addresses first;
  Addresses second;
  if (!why) {
    for (const auto& result : results) {
      const Address address = result.endpoint().address();
      const bool like_first = first.empty() || address.is_v4() == first.front().is_v4();
      Addresses& family = like_first ? first : second;
      if (std::find(family.begin(), family.end(), address) == family.end()) family.push_back(address);
    }
  }
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) addresses.push_back(first[i]);
    if (i < second.size()) addresses.push_back(second[i]);
  }
  while (!waiting.empty()) {
    Waiter* waiter = waiting.front();
    waiting.pop_front();
    waiter->wake_soon(Wake::kReady);
  }
}

std::shared_ptr<DnsCache::Lookup> DnsCache::lookup(const std::string& host) {
  auto place = lookups_.find(host);
  if (place != lookups_.end()) {
    const Lookup& known = *place->second;
    if (!known.done || (!known.error && known.expires > Core::now())) return place->second;
    lookups_.erase(place);
  }
  if (lookups_.size() >= kNamesMax) lookups_.clear();  // flights in progress are kept by whoever waits for them
  auto started = std::make_shared<Lookup>();
  lookups_.emplace(host, started);
  resolver_.async_resolve(
      host, "", boost::asio::ip::resolver_base::flags(),
      [started, ttl = ttl_](const boost::system::error_code& error, const Resolver::results_type& results) {
        started->finish(error, results, ttl);
      });
  return started;
}

ports::Task<Result<Addresses>> DnsCache::resolve(std::string host, MonoTime deadline, ports::Cancel& cancel) {
  boost::system::error_code not_numeric;
  const Address numeric = boost::asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return Addresses{numeric};
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  const std::shared_ptr<Lookup> flight = lookup(host);
  if (!flight->done) {
    Waiter waiter(core_);
    const ports::Cancel::Hook hook(cancel, [&waiter] { waiter.wake_soon(Wake::kInterrupted); });
    flight->waiting.push_back(&waiter);
    const Wake wake = co_await waiter.wait(deadline);
    if (wake != Wake::kReady) std::erase(flight->waiting, &waiter);
    if (wake == Wake::kTimeout) {
      co_return base::upstream_error(ErrorCode::kGatewayTimeout, "looking up " + host + " took too long", Retry::kYes);
    }
    if (wake == Wake::kInterrupted) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  }
  if (flight->error || flight->addresses.empty()) {
    const std::string why = flight->error ? flight->error.message() : "no address";
    co_return base::upstream_error(ErrorCode::kBadGateway, "cannot look up " + host + ": " + why, Retry::kYes);
  }
  co_return flight->addresses;
}

}  // namespace stargate::net
