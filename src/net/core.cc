#include "net/core.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <ctime>
#include <mutex>
#include <utility>

namespace stargate::net {

namespace {

constexpr std::size_t kKeptBuffers = 16;
constexpr std::chrono::seconds kStopPatience{2};

void ignore_sigpipe() {
  static std::once_flag once;
  std::call_once(once, [] { std::signal(SIGPIPE, SIG_IGN); });
}

}  // namespace

Core::Core() : work_(io_.get_executor()), scratch_(kScratchBytes) { ignore_sigpipe(); }

Core::~Core() {
  stop();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    run();  // never started, or run by the caller: let what waits come to its end
  }
}

Core::Buffer Core::take_buffer() {
  if (buffers_.empty()) return std::make_unique_for_overwrite<char[]>(kBufferBytes);
  Buffer buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void Core::give_buffer(Buffer buffer) {
  if (buffer && buffers_.size() < kKeptBuffers) buffers_.push_back(std::move(buffer));
}

std::string_view Core::http_date() {
  const std::time_t second = std::time(nullptr);
  if (second != date_second_) {
    std::tm utc{};
    gmtime_r(&second, &utc);
    std::array<char, 40> text{};
    // The program never leaves the "C" locale, so the names are the English ones that the format demands.
    const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    date_.assign(text.data(), size);
    date_second_ = second;
  }
  return date_;
}

void Core::spawn(ports::Task<void> task, std::function<void()> ended) {
  ++tasks_;
  boost::asio::co_spawn(io_.get_executor(), std::move(task),
                        [this, ended = std::move(ended)](std::exception_ptr exception) {
                          if (exception) ++failed_tasks_;
                          --tasks_;
                          if (ended) ended();
                        });
}

void Core::post(std::function<void()> work) { boost::asio::post(io_, std::move(work)); }

void Core::run() { io_.run(); }

void Core::start() {
  thread_ = std::thread([this] { run(); });
}

void Core::stop() {
  boost::asio::post(io_, [this] {
    stopping_ = true;
    interrupt_all(now() + kStopPatience);
  });
}

void Core::join() {
  if (thread_.joinable()) thread_.join();
}

void Core::interrupt_all(MonoTime give_up) {
  while (!waiters_.empty()) waiters_.front().wake(Wake::kInterrupted);
  if (tasks_ == 0 || now() >= give_up) {
    work_.reset();
    io_.stop();
    return;
  }
  // Tasks that are between two waits come round in the loop's next turns.
  boost::asio::post(io_, [this, give_up] { interrupt_all(give_up); });
}

}  // namespace stargate::net
