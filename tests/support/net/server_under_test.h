// A real Server on a core of its own, for tests that speak to it over loopback.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>

#include "net/core.h"
#include "net/server.h"
#include "ports/downstream.h"

namespace stargate::testing {

// Something that happened on another thread, waited for with a bound.
class Event {
 public:
  void set() {
    const std::scoped_lock lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return set_; });
  }
  [[nodiscard]] bool is_set() {
    const std::scoped_lock lock(mutex_);
    return set_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

// A refusal in the simplest words: the target as far as it was read, and the error.
inline ports::Refusal plain_refusal(const codec::http1::RequestHead& head, std::string_view /*peer*/,
                                    const Error& error) {
  ports::Refusal refusal;
  refusal.head.status = base::http_status(error.code);
  refusal.head.headers.add("X-Refused", head.target);
  refusal.body = error.message;
  return refusal;
}

class ServerUnderTest {
 public:
  explicit ServerUnderTest(ports::Handler& handler, net::ServerSettings settings = {}, net::TlsServer* tls = nullptr)
      : server_(std::make_unique<net::Server>(core_, handler, settings, counters_, tls)) {
    port_ = server_->listen("127.0.0.1", 0).value();
    core_.start();
  }
  ServerUnderTest(const ServerUnderTest&) = delete;
  ServerUnderTest& operator=(const ServerUnderTest&) = delete;
  ~ServerUnderTest() {
    drain(std::chrono::milliseconds(0));
    core_.stop();
    core_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] net::Core& core() { return core_; }
  [[nodiscard]] net::ServerCounters& counters() { return counters_; }

  // Starts draining and returns; `drained` is set at its end.
  void start_drain(Duration patience, Event& drained) {
    core_.spawn(server_->drain(patience), [&drained] { drained.set(); });
  }
  bool drain(Duration patience) {
    Event drained;
    start_drain(patience, drained);
    return drained.wait(std::chrono::seconds(20));
  }

 private:
  net::ServerCounters counters_;
  net::Core core_;
  std::unique_ptr<net::Server> server_;
  std::uint16_t port_ = 0;
};

}  // namespace stargate::testing
