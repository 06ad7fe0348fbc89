// A client and a clock for tests of the simulator's handler, without sockets.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "ports/downstream.h"
#include "ports/env.h"

namespace stargate::sim::test {

// Time passes only in sleep(), and at once.
class JumpingEnv final : public ports::Env {
 public:
  [[nodiscard]] MonoTime now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  [[nodiscard]] std::uint64_t random() override { return random_ += 0x9E3779B97F4A7C15ULL; }
  ports::Task<Result<void>> sleep(Duration time, ports::Cancel& cancel) override {
    if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
    now_ += time;
    wall_ += std::chrono::duration_cast<WallTime::duration>(time);
    co_return Result<void>{};
  }

 private:
  MonoTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
  std::uint64_t random_ = 1;
};

// Records the answer. Goes away after `writes_taken` writes.
class RecordingClient final : public ports::Downstream {
 public:
  RecordingClient(std::string method, std::string target, std::string body) : body_(std::move(body)) {
    head_.method = std::move(method);
    head_.target = std::move(target);
  }

  [[nodiscard]] const codec::http1::RequestHead& head() const override { return head_; }
  [[nodiscard]] std::string_view peer() const override { return "127.0.0.1:1"; }
  ports::Task<Result<std::string>> read_body(std::size_t /*bytes_max*/) override {
    body_.reserve(body_.size() + base::kJsonPadding);
    co_return std::move(body_);
  }
  ports::Task<Result<void>> respond(codec::http1::ResponseHead head, std::string body) override {
    answer = std::move(head);
    bytes = std::move(body);
    ended = true;
    co_return Result<void>{};
  }
  ports::Task<Result<void>> begin(codec::http1::ResponseHead head) override {
    answer = std::move(head);
    co_return Result<void>{};
  }
  ports::Task<Result<void>> write(std::span<const std::string_view> pieces) override {
    if (writes == writes_taken) {
      cancel_.request();
      co_return base::fail(ErrorCode::kCancelled, "gone");
    }
    ++writes;
    for (const std::string_view piece : pieces) bytes.append(piece);
    co_return Result<void>{};
  }
  ports::Task<Result<void>> end() override {
    ended = true;
    co_return Result<void>{};
  }
  [[nodiscard]] bool started() const override { return answer.has_value(); }
  [[nodiscard]] ports::Cancel& cancel() override { return cancel_; }
  [[nodiscard]] bool client_gone() const override { return cancel_.requested(); }

  codec::http1::RequestHead& mutable_head() { return head_; }

  std::optional<codec::http1::ResponseHead> answer;
  std::string bytes;
  bool ended = false;
  std::size_t writes = 0;
  std::size_t writes_taken = SIZE_MAX;

 private:
  codec::http1::RequestHead head_;
  std::string body_;
  ports::Cancel cancel_;
};

inline void serve(ports::Handler& handler, ports::Downstream& client) {
  boost::asio::io_context io;
  boost::asio::co_spawn(io.get_executor(), handler.serve(client), boost::asio::detached);
  io.run();
}

}  // namespace stargate::sim::test
