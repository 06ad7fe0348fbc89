// A listener and its connections on one core.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/core.h"
#include "net/server_settings.h"
#include "net/session.h"
#include "net/task_group.h"
#include "net/timer_wheel.h"
#include "net/tls_server.h"
#include "ports/downstream.h"

namespace stargate::net {

// SO_REUSEPORT lets the cores of one process share a port, and would let a second process take half of the connections
// unnoticed. Call this once, before the first listen(). Port 0 is always free. Errors: kUnavailable with the system's
// reason ("Address already in use").
Result<void> check_port_is_free(const std::string& address, std::uint16_t port);

// Accepts connections (SO_REUSEPORT: each core listens on the same port with a socket of its own) and owns their
// sessions. Out of descriptors it pauses for a moment and goes on. Handler, counters and TLS outlive it. Used on its
// core's thread, or before the core runs; destroyed after drain() has ended or the core has stopped.
class Server {
 public:
  // `tls` null: plain HTTP.
  Server(Core& core, ports::Handler& handler, ServerSettings settings, ServerCounters& counters,
         TlsServer* tls = nullptr);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Listens on a numeric address ("0.0.0.0", "::", "127.0.0.1"); port 0 lets the kernel choose. Returns the port.
  // Errors: kUnavailable with the system's reason. Several calls add listeners.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);

  // Accepts once more whoever waits to be and serves one request of each, stops accepting, closes what is idle, gives
  // heads that have begun a last moment to come whole, lets the requests in progress finish. Those that last longer
  // than `patience` are cancelled and, kGrace later, cut. Ends when no session is left.
  ports::Task<void> drain(Duration patience);
  static constexpr std::chrono::seconds kGrace{3};

  [[nodiscard]] std::size_t sessions() const { return tasks_.running(); }

 private:
  class Listener;
  void adopt(TcpSocket socket, std::string peer);
  static ports::Task<void> run_session(Server& server, TcpSocket socket, std::string peer);
  void refuse(int descriptor);

  Core& core_;
  ports::Handler& handler_;
  ServerSettings settings_;
  ServerCounters& counters_;
  TlsServer* tls_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>> sessions_;
  TaskGroup tasks_;
  bool draining_ = false;
};

}  // namespace stargate::net
