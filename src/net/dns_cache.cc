#include "net/dns_cache.h"

#include <list>
#include <utility>

#include "net/waiter.h"

namespace stargate::net {

// What is known of one host. Shared with the answer under way, which may outlive the cache.
struct DnsCache::Name {
  Addresses addresses;  // the last ones
  MonoTime fresh_until = MonoTime::min();
  MonoTime usable_until = MonoTime::min();
  bool in_flight = false;
  std::string trouble;  // of the last flight, empty when it succeeded
  std::list<Waiter*> waiting;

  void land(Result<Addresses> answer, Duration ttl);
};

void DnsCache::Name::land(Result<Addresses> answer, Duration ttl) {
  in_flight = false;
  if (answer) {
    addresses = std::move(*answer);
    fresh_until = Core::now() + ttl;
    usable_until = fresh_until + kStaleMax;
    trouble.clear();
  } else {
    trouble = std::move(answer.error().message);
  }
  while (!waiting.empty()) {
    Waiter* waiter = waiting.front();
    waiting.pop_front();
    waiter->wake_soon(Wake::kReady);
  }
}

namespace {

Failure unanswered(ErrorCode code, std::string message) {
  Failure failure = base::fail(code, std::move(message));
  failure.error().retry = Retry::kYes;
  return failure;
}

}  // namespace

DnsCache::DnsCache(Core& core, Duration ttl, std::size_t flights_max, ResolverThread::LookUp how)
    : core_(core), ttl_(ttl), flights_max_(flights_max), resolver_(core, std::move(how)) {}

std::shared_ptr<DnsCache::Name> DnsCache::name(const std::string& host) {
  const auto place = names_.find(host);
  if (place != names_.end()) return place->second;
  if (names_.size() >= kNamesMax) {
    const MonoTime now = Core::now();
    std::erase_if(names_,
                  [now](const auto& each) { return !each.second->in_flight && each.second->usable_until <= now; });
  }
  // Whoever waits for a name keeps it.
  if (names_.size() >= kNamesMax) names_.erase(names_.begin());
  return names_.emplace(host, std::make_shared<Name>()).first->second;
}

// False: too many are under way.
bool DnsCache::begin(const std::string& host, const std::shared_ptr<Name>& name) {
  if (*flights_ >= flights_max_) return false;
  const bool asked = resolver_.ask(host, [name, flights = flights_, ttl = ttl_](Result<Addresses> answer) {
    --*flights;
    name->land(std::move(answer), ttl);
  });
  if (!asked) return false;
  ++*flights_;
  name->in_flight = true;
  return true;
}

ports::Task<Result<Addresses>> DnsCache::resolve(std::string host, MonoTime deadline, ports::Cancel& cancel) {
  boost::system::error_code not_numeric;
  const Address numeric = boost::asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return Addresses{numeric};
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  const std::shared_ptr<Name> known = name(host);
  const MonoTime now = Core::now();
  const bool begun = now < known->fresh_until || known->in_flight || begin(host, known);
  if (now < known->usable_until) co_return known->addresses;
  if (!begun) co_return unanswered(ErrorCode::kBadGateway, "cannot look up " + host + ": too many lookups");
  Waiter waiter(core_);
  const ports::Cancel::Hook hook(cancel, [&waiter] { waiter.wake_soon(Wake::kInterrupted); });
  known->waiting.push_back(&waiter);
  const Wake wake = co_await waiter.wait(deadline);
  if (wake != Wake::kReady) std::erase(known->waiting, &waiter);
  if (wake == Wake::kTimeout) {
    co_return unanswered(ErrorCode::kGatewayTimeout, "looking up " + host + " took too long");
  }
  if (wake == Wake::kInterrupted) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  if (!known->trouble.empty()) {
    co_return unanswered(ErrorCode::kBadGateway, "cannot look up " + host + ": " + known->trouble);
  }
  co_return known->addresses;
}

}  // namespace stargate::net
