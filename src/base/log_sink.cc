#include "base/log_sink.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace stargate::base {

namespace {

constexpr std::chrono::milliseconds kLookTime{100};  // how soon a writer that waits for the reader hears of the stop

// A pipe that can be written to takes this much without blocking, and in one piece.
constexpr std::size_t kPieceBytes = PIPE_BUF;

// As many whole lines as go into one piece; a longer line is cut.
std::size_t piece_of(std::string_view lines) {
  if (lines.size() <= kPieceBytes) return lines.size();
  const std::size_t end = lines.substr(0, kPieceBytes).rfind('\n');
  return end == std::string_view::npos ? kPieceBytes : end + 1;
}

}  // namespace

LogSink::LogSink(int fd, std::size_t queue_bytes_max)
    : fd_(fd), queue_bytes_max_(queue_bytes_max), writer_([this] { run(); }) {}

LogSink::~LogSink() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    give_up_ = std::chrono::steady_clock::now() + kStopPatience;
  }
  wake_.notify_one();
  writer_.join();
}

void LogSink::add(std::string_view line) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() + line.size() > queue_bytes_max_) {
      ++dropped_;
      return;
    }
    queue_.append(line);
    wake = asleep_;
    asleep_ = false;
  }
  if (wake) wake_.notify_one();
}

std::uint64_t LogSink::take_dropped() {
  const std::lock_guard lock(mutex_);
  if (dropped_ == 0 || queue_.size() > queue_bytes_max_ / 2) return 0;
  return std::exchange(dropped_, 0);
}

bool LogSink::given_up() {
  const std::lock_guard lock(mutex_);
  return stopping_ && std::chrono::steady_clock::now() >= give_up_;
}

// False: the reader does not take it, or never will.
bool LogSink::write_all(std::string_view lines) {
  while (!lines.empty()) {
    pollfd ready{fd_, POLLOUT, 0};
    const int polled = ::poll(&ready, 1, static_cast<int>(kLookTime.count()));
    if (polled == 0 || (polled < 0 && errno == EINTR)) {
      if (given_up()) return false;
      continue;
    }
    const ssize_t written = ::write(fd_, lines.data(), piece_of(lines));
    if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (written > 0) lines.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void LogSink::run() {
  std::string lines;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      asleep_ = queue_.empty();
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      asleep_ = false;
      // What comes within the next moments goes out with it, and nobody has to wake this thread for it.
      wake_.wait_for(lock, kGatherTime, [this] { return stopping_; });
      if (queue_.empty() && stopping_) return;
      lines.swap(queue_);
    }
    write_all(lines);  // lines that cannot be written must not stop the service
    lines.clear();
    constexpr std::size_t kKeptBytes = std::size_t{64} * 1024;
    if (lines.capacity() > kKeptBytes) lines.shrink_to_fit();
  }
}

}  // namespace stargate::base
