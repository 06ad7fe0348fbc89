// One core of the machine: an event loop with its thread, timers and buffers. Connections never leave their core.
//
// What the program does with it (see app's wiring):
//   std::vector<std::unique_ptr<Core>> cores;             // one per hardware thread, each with its own
//   per core: Client, SystemEnv, Handler, Server          // ... built before start(), used on the core's thread
//   server.listen(address, port)                          // the first core's port 0 decides the others' port
//   core.start()                                          // the thread runs until stop()
//   core.spawn(server.drain(30s)) on each core            // SIGTERM; spawn() may be called from any thread
//   core.stop(); core.join()                              // interrupts what still waits, then ends the loop
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"
#include "net/timer_wheel.h"
#include "net/waiter.h"
#include "ports/task.h"

namespace stargate::net {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

// Owns the io_context and what every connection of the core shares. Everything but spawn(), post(), start(), stop() and
// join() belongs to the core's thread. Must outlive whatever refers to it; destroying it stops it.
// Ignores SIGPIPE for the process: OpenSSL writes to sockets without MSG_NOSIGNAL.
class Core {
 public:
  static constexpr std::size_t kScratchBytes = std::size_t{64} * 1024;
  static constexpr std::size_t kBufferBytes = std::size_t{16} * 1024;
  using Buffer = std::unique_ptr<char[]>;

  Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core();

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] Executor executor() { return io_.get_executor(); }
  [[nodiscard]] TimerWheel& wheel() { return wheel_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] static MonoTime now() { return std::chrono::steady_clock::now(); }
  // That much later; "never" for times beyond any process's life.
  [[nodiscard]] static MonoTime after(Duration time) {
    return time > std::chrono::hours(24 * 365) ? MonoTime::max() : now() + time;
  }

  // Room for one read. Its content is lost at the next suspension.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }

  // Buffers of kBufferBytes that may be held across suspensions; a few are kept for reuse.
  Buffer take_buffer();
  void give_buffer(Buffer buffer);

  // The current second as an HTTP date (RFC 9110 §5.6.7), for instance "Sun, 06 Nov 1994 08:49:37 GMT".
  std::string_view http_date();

  // Runs a task on this core; the core's stop waits for its end. An exception that leaves it is counted and dropped.
  void spawn(ports::Task<void> task, std::function<void()> ended = {});
  void post(std::function<void()> work);
  [[nodiscard]] std::uint64_t failed_tasks() const { return failed_tasks_; }

  void run();    // on the calling thread, until stop()
  void start();  // on a thread of its own
  void stop();   // from any thread, once or more
  void join();   // waits for the thread of start()

 private:
  friend class Waiter;
  using Waiters = boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>>;

  void interrupt_all(MonoTime give_up);

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<Executor> work_;
  TimerWheel wheel_{io_};
  Waiters waiters_;
  std::vector<char> scratch_;
  std::vector<Buffer> buffers_;
  std::string date_;
  std::int64_t date_second_ = 0;
  bool stopping_ = false;
  std::atomic<std::size_t> tasks_ = 0;
  std::atomic<std::uint64_t> failed_tasks_ = 0;
  std::thread thread_;
};

}  // namespace stargate::net
