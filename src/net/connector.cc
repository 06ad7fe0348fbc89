#include "net/connector.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "codec/http1.h"

namespace stargate::net {

namespace {

constexpr std::chrono::milliseconds kAttemptMin{500};
constexpr std::size_t kLookupsMax = 64;  // more hosts than a configuration names
constexpr std::size_t kTunnelAnswerBytesMax = std::size_t{16} * 1024;

// Internal: the names of hosts and proxies are for the operator's log, not for clients. Nothing was sent yet.
Failure unreachable(ErrorCode code, std::string message) {
  Failure failure = base::fail(code, std::move(message));
  failure.error().retry = Retry::kYes;
  return failure;
}

Failure cannot_connect(const ports::Origin& origin, const std::string& why) {
  return unreachable(ErrorCode::kBadGateway,
                     "cannot connect to " + authority_of(origin.host, origin.port) + ": " + why);
}

Failure timed_out(const std::string& host, std::uint16_t port) {
  return unreachable(ErrorCode::kGatewayTimeout, "connecting to " + authority_of(host, port) + " took too long");
}

Failure cancelled() { return base::fail(ErrorCode::kCancelled, "cancelled"); }

void set_option(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

std::string authority_of(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Connector::Connector(Core& core, const ClientSettings& settings, ClientCounters& counters, const TlsClient& tls)
    : core_(core), settings_(settings), counters_(counters), tls_(tls), dns_(core, settings.dns_ttl, kLookupsMax) {}

ports::Task<Result<std::shared_ptr<Channel>>> Connector::connect(ConnectTarget target, MonoTime deadline,
                                                                 ports::Cancel& cancel) {
  const std::string host = target.proxy != nullptr ? target.proxy->host : target.origin.host;
  const std::uint16_t port = target.proxy != nullptr ? target.proxy->port : target.origin.port;
  Addresses addresses = std::move(target.addresses);
  if (addresses.empty()) {
    auto resolved = co_await dns_.resolve(host, deadline, cancel);
    if (!resolved) co_return std::unexpected(std::move(resolved.error()));
    addresses = std::move(*resolved);
  }
  std::shared_ptr<Channel> channel;
  Error last;
  for (std::size_t i = 0; i < addresses.size() && !channel; ++i) {
    const MonoTime now = Core::now();
    const Duration share = (deadline - now) / static_cast<int>(addresses.size() - i);
    const MonoTime until = std::min(deadline, now + std::max<Duration>(share, kAttemptMin));
    auto opened = co_await connect_tcp(addresses[i], port, until, cancel);
    if (opened) {
      channel = std::move(*opened);
    } else {
      last = std::move(opened.error());
      if (last.code == ErrorCode::kCancelled) co_return std::unexpected(std::move(last));
      if (Core::now() >= deadline) break;
    }
  }
  if (!channel) {
    ++counters_.connect_failures;
    if (last.code == ErrorCode::kGatewayTimeout) co_return timed_out(host, port);
    co_return cannot_connect({host, port, false}, last.message);
  }
  const ports::Cancel::Hook hook(cancel, [&channel] { channel->interrupt(); });
  Result<void> ready;
  if (target.proxy != nullptr && target.origin.tls) {
    ready = co_await open_tunnel(channel, target.origin, *target.proxy, deadline);
  }
  if (ready && target.origin.tls) {
    SslPtr ssl = tls_.connect(target.origin.host, target.tls_session);
    if (!ssl) {
      channel->close();
      co_return base::fail(ErrorCode::kInternal, "cannot set up TLS for " + target.origin.host);
    }
    ++counters_.tls_handshakes;
    ready = co_await channel->handshake(std::move(ssl), deadline);
    if (ready && SSL_session_reused(channel->ssl()) == 1) ++counters_.tls_resumptions;
  }
  if (ready) co_return channel;
  const bool refused = channel->ssl() != nullptr && SSL_get_verify_result(channel->ssl()) != X509_V_OK;
  channel->close();
  if (ready.error().code == ErrorCode::kCancelled) co_return cancelled();
  ++counters_.connect_failures;
  if (ready.error().code == ErrorCode::kGatewayTimeout) co_return timed_out(host, port);
  Failure failure = cannot_connect(target.origin, ready.error().message);
  if (refused) failure.error().retry = Retry::kNo;
  co_return failure;
}

ports::Task<Result<std::shared_ptr<Channel>>> Connector::connect_tcp(Address address, std::uint16_t port,
                                                                     MonoTime deadline, ports::Cancel& cancel) {
  const boost::asio::ip::tcp::endpoint endpoint(address, port);
  TcpSocket socket(core_.executor());
  boost::system::error_code error;
  socket.open(endpoint.protocol(), error);
  if (!error) socket.native_non_blocking(true, error);
  if (error) co_return base::fail(ErrorCode::kBadGateway, error.message());
  const int descriptor = socket.native_handle();
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 6);
  if (settings_.receive_buffer_bytes > 0) {
    set_option(descriptor, SOL_SOCKET, SO_RCVBUF, settings_.receive_buffer_bytes);
  }
  ++counters_.connects;
  if (::connect(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 && errno != EINPROGRESS) {
    co_return base::fail(ErrorCode::kBadGateway, std::generic_category().message(errno));
  }
  auto channel = std::make_shared<Channel>(core_, std::move(socket));
  const ports::Cancel::Hook hook(cancel, [&channel] { channel->interrupt(); });
  Wake wake = Wake::kInterrupted;
  if (!cancel.requested()) wake = co_await channel->wait(Channel::kWrite, deadline);
  int why = 0;
  socklen_t size = sizeof why;
  if (wake == Wake::kReady) ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &why, &size);
  if (wake == Wake::kReady && why == 0) co_return channel;
  channel->close();
  if (wake == Wake::kInterrupted) co_return cancelled();
  if (wake == Wake::kTimeout) co_return base::fail(ErrorCode::kGatewayTimeout, "no answer");
  co_return base::fail(ErrorCode::kBadGateway, std::generic_category().message(why));
}

// RFC 9110 §9.3.6.
ports::Task<Result<void>> Connector::open_tunnel(std::shared_ptr<Channel> channel, ports::Origin origin,
                                                 const Proxy& proxy, MonoTime deadline) {
  const std::string authority = authority_of(origin.host, origin.port);
  std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!proxy.authorization.empty()) {
    request.append("Proxy-Authorization: ").append(proxy.authorization.reveal()).append("\r\n");
  }
  request += "\r\n";
  const std::string_view piece = request;
  const Gather pieces({&piece, 1});
  auto sent = co_await channel->write_all(pieces, deadline - Core::now(), deadline);
  if (!sent) co_return sent;
  codec::http1::ResponseParser parser;
  parser.reset(true);  // a tunnel's bytes follow the head, not a body
  std::string got;
  for (;;) {
    const std::span<char> scratch = core_.scratch();
    const Channel::Outcome read = channel->try_read(scratch);
    if (read.io == Channel::Io::kBlocked) {
      const Wake wake = co_await channel->wait(Channel::kRead, deadline);
      if (wake == Wake::kTimeout) co_return base::fail(ErrorCode::kGatewayTimeout, "the proxy did not answer");
      if (wake == Wake::kInterrupted) co_return cancelled();
      continue;
    }
    if (read.io != Channel::Io::kDone || got.size() > kTunnelAnswerBytesMax) break;
    got.append(scratch.data(), read.bytes);
    auto taken = parser.parse_head(got);
    if (!taken) break;
    got.erase(0, *taken);
    if (!parser.head_done()) continue;
    const int status = parser.head().status;
    if (status / 100 == 2 && got.empty()) co_return Result<void>{};
    co_return base::fail(ErrorCode::kBadGateway, "the proxy answered " + std::to_string(status));
  }
  co_return base::fail(ErrorCode::kBadGateway, "the proxy gave no proper answer");
}

}  // namespace stargate::net
