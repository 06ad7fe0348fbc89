// The corridor's world for tests: a clock moved by hand, an upstream that answers by script, a client that records.
// Time passes only where a script says so, so nothing here sleeps.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "codec/event_stream.h"
#include "codec/hash.h"
#include "ports/credentials.h"
#include "ports/downstream.h"
#include "ports/env.h"
#include "ports/event_sink.h"
#include "ports/upstream.h"

namespace stargate::test {

using ports::Task;

class ManualEnv : public ports::Env {
 public:
  MonoTime now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  std::uint64_t random() override { return random_ += 0x9E3779B97F4A7C15ULL; }
  Task<Result<void>> sleep(Duration time, ports::Cancel& cancel) override {
    if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
    slept_ += time;
    advance(time);
    co_return Result<void>{};
  }
  void advance(Duration time) {
    now_ += time;
    wall_ += std::chrono::duration_cast<WallTime::duration>(time);
  }
  [[nodiscard]] Duration slept() const { return slept_; }

 private:
  MonoTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
  Duration slept_{};
  std::uint64_t random_ = 1;
};

// What happens next on the upstream's connection.
struct Silence {
  Duration time;
};
struct Hangup {};                                                // the client goes away
using Step = std::variant<std::string, Silence, Error, Hangup>;  // string: body bytes

struct Script {
  std::optional<Error> start_error;  // start() fails
  std::vector<Step> before_head;     // Silence, Error or Hangup
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<Step> body;
};

struct Sent {
  ports::Origin origin;
  std::string target;
  codec::http1::Headers headers;
  std::string body;
};

class ScriptedUpstream : public ports::Upstream {
 public:
  explicit ScriptedUpstream(ManualEnv& env) : env_(&env) {}
  void then(Script script) { scripts_.push_back(std::move(script)); }

  Task<Result<std::unique_ptr<ports::UpstreamExchange>>> start(ports::UpstreamRequest request,
                                                               ports::Cancel& cancel) override {
    Sent sent{request.origin, request.target, request.headers, {}};
    for (const std::string_view piece : request.body) sent.body += piece;
    sent_.push_back(std::move(sent));
    if (scripts_.empty()) co_return base::upstream_error(ErrorCode::kBadGateway, "the script is over");
    Script script = std::move(scripts_.front());
    scripts_.pop_front();
    if (script.start_error) co_return std::unexpected(*script.start_error);
    std::unique_ptr<ports::UpstreamExchange> exchange = std::make_unique<Exchange>(*env_, cancel, std::move(script));
    co_return exchange;
  }
  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }

 private:
  class Exchange : public ports::UpstreamExchange {
   public:
    Exchange(ManualEnv& env, ports::Cancel& cancel, Script script)
        : env_(&env), cancel_(&cancel), script_(std::move(script)) {
      head_.status = script_.status;
      for (auto& [name, value] : script_.headers) head_.headers.add(name, value);
    }
    Task<Result<bool>> wait_head(Duration patience) override {
      auto step = take(script_.before_head, before_, patience);
      if (!step) co_return std::unexpected(step.error());
      co_return !step->has_value() ? !waiting_ : true;
    }
    const codec::http1::ResponseHead& head() const override { return head_; }
    Task<Result<std::optional<std::string_view>>> read_some(Duration patience) override {
      auto step = take(script_.body, at_, patience);
      if (!step) co_return std::unexpected(step.error());
      if (waiting_) co_return std::optional<std::string_view>();
      if (!step->has_value()) co_return std::optional<std::string_view>(std::string_view());
      held_ = **step;
      co_return std::optional<std::string_view>(held_);
    }

   private:
    // The next bytes; nothing with waiting_ set when a silence outlasts the patience, nothing without when all is said.
    Result<std::optional<std::string>> take(std::vector<Step>& steps, std::size_t& at, Duration patience) {
      waiting_ = false;
      while (at < steps.size()) {
        Step& step = steps[at];
        if (auto* silence = std::get_if<Silence>(&step)) {
          const Duration waited = std::min(silence->time, patience);
          env_->advance(waited);
          silence->time -= waited;
          if (silence->time > Duration::zero()) {
            waiting_ = true;
            return std::optional<std::string>();
          }
          ++at;
          continue;
        }
        ++at;
        if (auto* error = std::get_if<Error>(&step)) return std::unexpected(*error);
        if (std::holds_alternative<Hangup>(step)) {
          cancel_->request();
          return base::fail(ErrorCode::kCancelled, "the client is gone");
        }
        return std::optional<std::string>(std::get<std::string>(step));
      }
      return std::optional<std::string>();
    }
    ManualEnv* env_;
    ports::Cancel* cancel_;
    Script script_;
    codec::http1::ResponseHead head_;
    std::size_t before_ = 0;
    std::size_t at_ = 0;
    bool waiting_ = false;
    std::string held_;
  };
  ManualEnv* env_;
  std::deque<Script> scripts_;
  std::vector<Sent> sent_;
};

class RecordingDownstream : public ports::Downstream {
 public:
  RecordingDownstream(std::string method, std::string target, std::string body = {}) : body_(std::move(body)) {
    head_.method = std::move(method);
    head_.target = std::move(target);
  }
  const codec::http1::RequestHead& head() const override { return head_; }
  std::string_view peer() const override { return "127.0.0.1:1"; }
  Task<Result<std::string>> read_body(std::size_t bytes_max) override {
    if (body_.size() > bytes_max) co_return base::client_error(ErrorCode::kTooLarge, "the body is too large");
    std::string body = body_;
    body.reserve(body.size() + base::kJsonPadding);
    co_return body;
  }
  Task<Result<void>> respond(codec::http1::ResponseHead head, std::string body) override {
    started_ = true;
    answer_ = std::move(head);
    text_ = std::move(body);
    co_return Result<void>{};
  }
  Task<Result<void>> begin(codec::http1::ResponseHead head) override {
    started_ = true;
    answer_ = std::move(head);
    co_return Result<void>{};
  }
  Task<Result<void>> write(std::span<const std::string_view> pieces) override {
    if (cancel_.requested()) co_return base::fail(ErrorCode::kCancelled, "the client is gone");
    for (const std::string_view piece : pieces) text_ += piece;
    ++writes_;
    co_return Result<void>{};
  }
  Task<Result<void>> end() override {
    ended_ = true;
    co_return Result<void>{};
  }
  bool started() const override { return started_; }
  ports::Cancel& cancel() override { return cancel_; }
  bool client_gone() const override { return cancel_.requested(); }

  codec::http1::RequestHead head_;
  std::string body_;
  codec::http1::ResponseHead answer_;
  std::string text_;
  int writes_ = 0;
  bool started_ = false;
  bool ended_ = false;
  ports::Cancel cancel_;
};

class RecordingSink : public ports::EventSink {
 public:
  void record(const ports::RequestRecord& record) override { records.push_back(record); }
  std::vector<ports::RequestRecord> records;
};

// Takes its time for each file and then gives the one it has, or refuses when it has none.
class ScriptedFetcher : public ports::Fetcher {
 public:
  explicit ScriptedFetcher(ManualEnv& env) : env_(&env) {}

  std::unique_ptr<ports::FileFetch> start(std::string url, std::size_t, ports::Cancel&) override {
    asked.push_back(std::move(url));
    return std::make_unique<Fetch>(*env_, time, file);
  }

  Duration time{};
  std::optional<ports::FetchedFile> file;
  std::vector<std::string> asked;

 private:
  class Fetch : public ports::FileFetch {
   public:
    Fetch(ManualEnv& env, Duration time, std::optional<ports::FetchedFile> file)
        : env_(&env), left_(time), file_(std::move(file)) {}
    Task<Result<std::optional<ports::FetchedFile>>> wait(Duration patience) override {
      const Duration waited = std::min(left_, patience);
      env_->advance(waited);
      left_ -= waited;
      if (left_ > Duration::zero()) co_return std::nullopt;
      if (!file_) co_return base::client_error(ErrorCode::kBadRequest, "the address is not public");
      co_return file_;
    }

   private:
    ManualEnv* env_;
    Duration left_;
    std::optional<ports::FetchedFile> file_;
  };
  ManualEnv* env_;
};

// The same identity each time, once `time` is over.
class FixedCredentials : public ports::Credentials {
 public:
  explicit FixedCredentials(ManualEnv& env) : env_(&env) {}

  Task<Result<std::shared_ptr<const aws::SigningIdentity>>> get(Duration patience, ports::Cancel& /*cancel*/) override {
    const Duration waited = std::min(time, patience);
    env_->advance(waited);
    time -= waited;
    if (time > Duration::zero()) co_return std::shared_ptr<const aws::SigningIdentity>();
    if (!failure.empty()) co_return base::upstream_error(ErrorCode::kUnavailable, failure);
    auto identity = std::make_shared<aws::SigningIdentity>();
    identity->access_key_id = "AKIDEXAMPLE";  // AWS's published example pair
    identity->secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    ++asked;
    co_return std::shared_ptr<const aws::SigningIdentity>(std::move(identity));
  }
  void refused(const aws::SigningIdentity&) override { ++refusals; }
  std::string failure;
  Duration time{};
  int asked = 0;
  int refusals = 0;

 private:
  ManualEnv* env_;
};

// A `chunk` frame as InvokeModelWithResponseStream sends it.
inline std::string chunk_frame(std::string_view payload) {
  std::string frame;
  const std::string body = R"({"bytes":")" + codec::base64_encode(payload) + R"(","p":"abc"})";
  codec::event_stream::append_frame(frame,
                                    {{":event-type", std::string_view("chunk")},
                                     {":content-type", std::string_view("application/json")},
                                     {":message-type", std::string_view("event")}},
                                    body);
  return frame;
}

inline std::string exception_frame(std::string_view type, std::string_view message) {
  std::string frame;
  codec::event_stream::append_frame(frame,
                                    {{":exception-type", type},
                                     {":content-type", std::string_view("application/json")},
                                     {":message-type", std::string_view("exception")}},
                                    R"({"message":")" + std::string(message) + R"("})");
  return frame;
}

inline void run(boost::asio::io_context& io, Task<void> task) {
  boost::asio::co_spawn(io, std::move(task), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
  io.restart();
}

}  // namespace stargate::test
