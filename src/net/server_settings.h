// What a listener's owner decides, and what it may read back.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/limits.h"
#include "base/time.h"
#include "codec/http1.h"

namespace stargate::net {

struct ServerSettings {
  codec::http1::HeadLimits head = {};                        // over it: 431
  Duration idle_timeout = std::chrono::seconds(75);          // between two requests: closed without a word
  Duration head_timeout = std::chrono::seconds(30);          // from a head's first byte to its last: 408
  Duration body_stall_timeout = std::chrono::seconds(30);    // without a byte of the body: 408
  Duration body_timeout = std::chrono::seconds(600);         // the whole body: 408
  Duration write_stall_timeout = std::chrono::seconds(120);  // the client takes nothing: closed
  Duration handshake_timeout = std::chrono::seconds(10);
  std::size_t connections_max = 10'000;  // over all cores that share the counters; over it: 503 and close
  int backlog = 1024;
  int send_buffer_bytes = 0;  // SO_SNDBUF of the clients' sockets; 0: 256 KiB, of which 32 KiB unsent
};

// One for all cores. Gauges and counters since the start; read at any time from any thread.
struct ServerCounters {
  std::atomic<std::uint64_t> open = 0;    // connections now
  std::atomic<std::uint64_t> active = 0;  // requests being answered now
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> refused = 0;        // over connections_max
  std::atomic<std::uint64_t> accept_errors = 0;  // out of descriptors or memory
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> malformed = 0;    // heads and bodies refused with 400, 413 or 431
  std::atomic<std::uint64_t> timeouts = 0;     // 408
  std::atomic<std::uint64_t> stalled = 0;      // closed for taking no bytes
  std::atomic<std::uint64_t> disconnects = 0;  // clients gone before their answer's end
  std::atomic<std::uint64_t> tls_failures = 0;
};

}  // namespace stargate::net
