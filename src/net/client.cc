#include "net/client.h"

#include <utility>

#include "net/exchange.h"

namespace stargate::net {

Client::Client(Core& core, const TlsClient& tls, ClientSettings settings, ClientCounters& counters)
    : core_(core),
      settings_(std::move(settings)),
      counters_(counters),
      connector_(core, settings_, counters, tls),
      pool_(core, settings_, counters) {}

Client::~Client() = default;

ports::Task<Result<std::unique_ptr<ports::UpstreamExchange>>> Client::start(ports::UpstreamRequest request,
                                                                            ports::Cancel& cancel) {
  auto exchange = std::make_unique<Exchange>(*this, std::move(request), cancel, Addresses{});
  auto sent = co_await exchange->open();
  if (!sent) co_return std::unexpected(std::move(sent.error()));
  co_return exchange;
}

ports::Task<Result<std::unique_ptr<ports::UpstreamExchange>>> Client::start_at(ports::UpstreamRequest request,
                                                                               Addresses addresses,
                                                                               ports::Cancel& cancel) {
  if (addresses.empty()) co_return base::fail(ErrorCode::kInternal, "start_at() without an address");
  auto exchange = std::make_unique<Exchange>(*this, std::move(request), cancel, std::move(addresses));
  auto sent = co_await exchange->open();
  if (!sent) co_return std::unexpected(std::move(sent.error()));
  co_return exchange;
}

}  // namespace stargate::net
