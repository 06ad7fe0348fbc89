// Where the lines of a running service go: a bounded queue in front of a file descriptor.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace stargate::base {

// Whoever logs never waits for the reader of the log: add() copies the line into a queue, and a thread of the sink's
// own writes it a few milliseconds later, many lines at once. A queue that is full (the reader has stopped) drops lines
// and counts them. Lines arrive whole and in order. The destructor writes what is left, as far as the reader takes it
// within kStopPatience. What a crash leaves unwritten is lost: at most kGatherTime's worth. Thread-safe; the descriptor
// is not owned and must outlive the sink.
class LogSink {
 public:
  static constexpr std::size_t kQueueBytesMax = std::size_t{4} * 1024 * 1024;
  static constexpr std::chrono::milliseconds kGatherTime{5};
  static constexpr std::chrono::seconds kStopPatience{2};

  explicit LogSink(int fd, std::size_t queue_bytes_max = kQueueBytesMax);
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  ~LogSink();

  void add(std::string_view line);  // with its line end

  // Lines that were dropped and not told yet, when there is room again to tell of them; else 0.
  std::uint64_t take_dropped();

 private:
  void run();
  bool write_all(std::string_view lines);
  [[nodiscard]] bool given_up();

  const int fd_;
  const std::size_t queue_bytes_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string queue_;
  std::uint64_t dropped_ = 0;
  bool asleep_ = false;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point give_up_{};
  std::thread writer_;
};

}  // namespace stargate::base
