// The HTTP/1.1 client: ports::Upstream over pooled connections.
#pragma once

#include <memory>

#include "net/client_settings.h"
#include "net/connection_pool.h"
#include "net/connector.h"
#include "net/core.h"
#include "net/tls_client.h"
#include "ports/upstream.h"

namespace stargate::net {

// One per core; used on its thread. `tls` and `counters` outlive it, and it outlives every exchange.
//
// Errors of start(): kBadGateway and kGatewayTimeout with retry kYes when no connection could be had (nothing was
// sent), kCancelled. A failure after sending has retry kNo: the upstream may have worked on the request. A reused
// connection that turns out to be stale is replaced once without the caller noticing. Fields that net adds:
// Content-Length, and for a proxied plain request Proxy-Authorization.
class Client final : public ports::Upstream {
 public:
  Client(Core& core, const TlsClient& tls, ClientSettings settings, ClientCounters& counters);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override;

  ports::Task<Result<std::unique_ptr<ports::UpstreamExchange>>> start(ports::UpstreamRequest request,
                                                                      ports::Cancel& cancel) override;

  // The same over a new connection to one of `addresses`, which must not be empty; never through a proxy, never pooled.
  ports::Task<Result<std::unique_ptr<ports::UpstreamExchange>>> start_at(ports::UpstreamRequest request,
                                                                         Addresses addresses, ports::Cancel& cancel);

  [[nodiscard]] Core& core() { return core_; }
  [[nodiscard]] const ClientSettings& settings() const { return settings_; }

 private:
  friend class Exchange;

  Core& core_;
  ClientSettings settings_;
  ClientCounters& counters_;
  Connector connector_;
  ConnectionPool pool_;
};

}  // namespace stargate::net
