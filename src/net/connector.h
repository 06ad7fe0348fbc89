// Opens connections to upstreams: address, TCP, proxy, TLS.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "net/channel.h"
#include "net/client_settings.h"
#include "net/dns_cache.h"
#include "net/proxy.h"
#include "net/tls_client.h"
#include "ports/cancel.h"
#include "ports/upstream.h"

namespace stargate::net {

// What one connection is opened to. The pointers are optional and outlive the call.
struct ConnectTarget {
  ports::Origin origin;
  const Proxy* proxy = nullptr;           // null: directly
  TlsSessionSlot* tls_session = nullptr;  // null: no resumption
  Addresses addresses;                    // not empty: only these are connected to, nothing is looked up
};

// One per core; settings, counters and TLS outlive it.
class Connector {
 public:
  Connector(Core& core, const ClientSettings& settings, ClientCounters& counters, const TlsClient& tls);

  // Tries the addresses one after the other; each gets a fair share of the time that is left. Errors name hosts and
  // proxies and are therefore internal.
  // Errors: kBadGateway and kGatewayTimeout with retry kYes (nothing was sent yet), but kNo for a certificate that does
  // not verify; kCancelled.
  ports::Task<Result<std::shared_ptr<Channel>>> connect(ConnectTarget target, MonoTime deadline, ports::Cancel& cancel);

 private:
  ports::Task<Result<std::shared_ptr<Channel>>> connect_tcp(Address address, std::uint16_t port, MonoTime deadline,
                                                            ports::Cancel& cancel);
  ports::Task<Result<void>> open_tunnel(std::shared_ptr<Channel> channel, ports::Origin origin, const Proxy& proxy,
                                        MonoTime deadline);

  Core& core_;
  const ClientSettings& settings_;
  ClientCounters& counters_;
  const TlsClient& tls_;
  DnsCache dns_;
};

// "host:port", IPv6 in brackets.
std::string authority_of(const std::string& host, std::uint16_t port);

}  // namespace stargate::net
