// Connections to upstreams that wait for their next request.
#pragma once

#include <memory>
#include <vector>

#include "codec/http1.h"
#include "net/channel.h"
#include "net/client_settings.h"
#include "net/timer_wheel.h"
#include "net/tls_client.h"
#include "ports/upstream.h"

namespace stargate::net {

// An open connection and what parses its answers. Destroying it closes it.
struct Connection {
  Connection(std::shared_ptr<Channel> open_channel, ClientCounters& client_counters)
      : channel(std::move(open_channel)), counters(client_counters), born(Core::now()) {
    ++counters.open;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    channel->close();
    --counters.open;
  }

  std::shared_ptr<Channel> channel;
  ClientCounters& counters;
  codec::http1::ResponseParser parser;
  MonoTime born;
  bool reused = false;
};

// Idle connections by origin, the last one used first, bounded in number, age and lifetime. While idle a connection is
// watched: whatever arrives (nearly always the end) makes it useless, and it is closed at once. One core. Cannot fail.
class ConnectionPool {
 public:
  // Everything known about one origin. Its address is stable.
  class Place {
   public:
    TlsSessionSlot tls_session;

   private:
    friend class ConnectionPool;
    struct Idle;  // NOLINT(cppcoreguidelines-virtual-class-destructor): final, and destroyed as itself
    ports::Origin origin;
    bool proxied = false;
    std::vector<std::unique_ptr<Idle>> idle;
  };

  ConnectionPool(Core& core, const ClientSettings& settings, ClientCounters& counters);
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;
  ~ConnectionPool();

  Place& place(const ports::Origin& origin, bool proxied);
  std::unique_ptr<Connection> take(Place& place);  // null: there is none
  void put(Place& place, std::unique_ptr<Connection> connection);

 private:
  static constexpr std::chrono::seconds kSweepInterval{5};
  void sweep();
  void drop(Place& place, const Place::Idle* idle);

  Core& core_;
  const ClientSettings& settings_;
  ClientCounters& counters_;
  std::vector<std::unique_ptr<Place>> places_;  // few: one per origin of the configuration
  TimerWheel::Entry sweeper_;
};

}  // namespace stargate::net
