// What the client's owner decides, and what it may read back.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "net/proxy.h"

namespace stargate::net {

struct ClientSettings {
  std::size_t idle_per_origin_max = 64;          // connections kept, per core and origin
  Duration idle_age = std::chrono::seconds(50);  // below the 60 s after which load balancers hang up
  Duration lifetime = std::chrono::minutes(15);  // then a connection is replaced, to follow DNS
  Duration dns_ttl = std::chrono::seconds(30);
  int receive_buffer_bytes = 128 * 1024;  // SO_RCVBUF: what the kernel holds of an answer that nobody reads
  ProxyRules proxies = {};
};

// One for all cores, read at any time from any thread.
struct ClientCounters {
  std::atomic<std::uint64_t> open = 0;  // connections now, the idle ones included
  std::atomic<std::uint64_t> idle = 0;  // in the pools now
  std::atomic<std::uint64_t> connects = 0;
  std::atomic<std::uint64_t> connect_failures = 0;
  std::atomic<std::uint64_t> reuses = 0;
  std::atomic<std::uint64_t> resends = 0;  // requests sent again because a reused connection was stale
  std::atomic<std::uint64_t> tls_handshakes = 0;
  std::atomic<std::uint64_t> tls_resumptions = 0;
};

}  // namespace stargate::net
