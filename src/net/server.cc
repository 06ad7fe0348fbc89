#include "net/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace stargate::net {

namespace {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr int kAcceptsPerTurn = 64;

std::string busy_answer() {
  constexpr std::string_view kBody =
      R"({"error":{"message":"too many connections","type":"overloaded_error","param":null,"code":"503"}})";
  return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
         "Connection: close\r\nContent-Length: " +
         std::to_string(kBody.size()) + "\r\n\r\n" + std::string(kBody);
}

std::string name_of_peer(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

using Endpoint = boost::asio::ip::tcp::endpoint;

Result<Endpoint> endpoint_of(const std::string& address, std::uint16_t port) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  if (error) return base::fail(ErrorCode::kUnavailable, "not a numeric address: " + address);
  return Endpoint(ip, port);
}

// A reader that stalls must not make the kernel hold megabytes of an answer: little lies unsent behind what the
// reader's window has room for, and all of it is bounded too (the kernel doubles the number for its bookkeeping).
void bound_send_buffer(int descriptor, int bytes) {
  constexpr int kSendBufferBytes = 256 * 1024;
  constexpr int kUnsentBytes = 32 * 1024;
  const int size = bytes > 0 ? bytes : kSendBufferBytes;
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (bytes == 0) setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytes, sizeof kUnsentBytes);
}

Result<Acceptor> open_acceptor(Core& core, const std::string& address, std::uint16_t port, const ServerSettings& s) {
  boost::system::error_code error;
  const auto endpoint = endpoint_of(address, port);
  if (!endpoint) return std::unexpected(endpoint.error());
  Acceptor acceptor(core.executor());
  const std::string where = address + ":" + std::to_string(port) + ": ";
  acceptor.open(endpoint->protocol(), error);
  if (error) return base::fail(ErrorCode::kUnavailable, where + error.message());
  const int descriptor = acceptor.native_handle();
  // Accepted sockets inherit these.
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bound_send_buffer(descriptor, s.send_buffer_bytes);
  acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(s.backlog, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return base::fail(ErrorCode::kUnavailable, where + error.message());
  return acceptor;
}

}  // namespace

Result<void> check_port_is_free(const std::string& address, std::uint16_t port) {
  const auto endpoint = endpoint_of(address, port);
  if (!endpoint) return std::unexpected(endpoint.error());
  const int descriptor = ::socket(endpoint->protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  int why = errno;
  if (descriptor >= 0) {
    // Past connections that linger do not count, listeners do.
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const int bound = ::bind(descriptor, endpoint->data(), static_cast<socklen_t>(endpoint->size()));
    why = bound == 0 ? 0 : errno;
    ::close(descriptor);
  }
  if (why == 0) return {};
  const std::string where = address + ":" + std::to_string(port) + ": ";
  return base::fail(ErrorCode::kUnavailable, where + std::generic_category().message(why));
}

// The accept loop of one listening socket. Shared with its armed wait, which ends when the socket closes.
class Server::Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(Server& server, Acceptor acceptor)
      : server_(server),
        acceptor_(std::move(acceptor)),
        pause_([](void* self) { static_cast<Listener*>(self)->arm(); }, this) {}

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void arm() {
    acceptor_.async_wait(Acceptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && self->acceptor_.is_open()) self->accept_some();
    });
  }

  // Those whom the kernel has connected already would be reset by close().
  void accept_last() { accept_queue(server_.settings_.backlog); }

  void close() {
    TimerWheel::disarm(pause_);
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  void accept_some() {
    if (accept_queue(kAcceptsPerTurn)) {
      arm();
      return;
    }
    // Out of descriptors or memory: waiting again at once would spin.
    ++server_.counters_.accept_errors;
    server_.core_.wheel().arm(pause_, Core::now() + kAcceptPause);
  }

  // Accepts whoever waits, up to so many. False: the system has no room.
  bool accept_queue(int accepts_max) {
    for (int i = 0; i < accepts_max; ++i) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      const int descriptor = ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                                       SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (descriptor < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        if (errno == EINTR || errno == ECONNABORTED) continue;
        return false;
      }
      take(descriptor, address);
    }
    return true;
  }

  void take(int descriptor, const sockaddr_storage& address) {
    ++server_.counters_.accepted;
    if (server_.counters_.open >= server_.settings_.connections_max) {
      server_.refuse(descriptor);
      return;
    }
    TcpSocket socket(server_.core_.executor());
    boost::system::error_code error;
    const auto protocol = address.ss_family == AF_INET ? boost::asio::ip::tcp::v4() : boost::asio::ip::tcp::v6();
    socket.assign(protocol, descriptor, error);
    if (error) {
      ::close(descriptor);
      return;
    }
    server_.adopt(std::move(socket), name_of_peer(address));
  }

  Server& server_;
  Acceptor acceptor_;
  TimerWheel::Entry pause_;
};

Server::Server(Core& core, ports::Handler& handler, ServerSettings settings, ServerCounters& counters, TlsServer* tls)
    : core_(core), handler_(handler), settings_(settings), counters_(counters), tls_(tls), tasks_(core) {}

Server::~Server() {
  for (const auto& listener : listeners_) listener->close();
}

Result<std::uint16_t> Server::listen(const std::string& address, std::uint16_t port) {
  auto acceptor = open_acceptor(core_, address, port, settings_);
  if (!acceptor) return std::unexpected(std::move(acceptor.error()));
  listeners_.push_back(std::make_shared<Listener>(*this, std::move(*acceptor)));
  listeners_.back()->arm();
  return listeners_.back()->port();
}

void Server::adopt(TcpSocket socket, std::string peer) {
  tasks_.spawn(run_session(*this, std::move(socket), std::move(peer)));
}

ports::Task<void> Server::run_session(Server& server, TcpSocket socket, std::string peer) {
  auto channel = std::make_shared<Channel>(server.core_, std::move(socket));
  Session session(std::move(channel), std::move(peer), server.handler_, server.settings_, server.counters_);
  server.sessions_.push_back(session);
  if (server.draining_) session.serve_last();
  SslPtr ssl;
  if (server.tls_ != nullptr) {
    ssl = server.tls_->accept();
    if (!ssl) co_return;
  }
  co_await session.run(std::move(ssl));
}

void Server::refuse(int descriptor) {
  ++counters_.refused;
  // A TLS client would not understand it.
  if (tls_ == nullptr) {
    static const std::string kAnswer = busy_answer();
    [[maybe_unused]] const ssize_t sent =
        ::send(descriptor, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(descriptor, SHUT_WR);
  }
  ::close(descriptor);
}

ports::Task<void> Server::drain(Duration patience) {
  draining_ = true;
  for (Session& session : sessions_) session.drain();
  for (const auto& listener : listeners_) {
    listener->accept_last();
    listener->close();
  }
  listeners_.clear();
  Wake wake = co_await tasks_.wait_empty(Core::now() + patience);
  if (wake != Wake::kTimeout) co_return;
  for (auto place = sessions_.begin(); place != sessions_.end();) (place++)->cancel_request();
  wake = co_await tasks_.wait_empty(Core::now() + kGrace);
  if (wake != Wake::kTimeout) co_return;
  for (Session& session : sessions_) session.abort();
  co_await tasks_.wait_empty(Core::now() + kGrace);
}

}  // namespace stargate::net
