// The simulated service: Bedrock's runtime and control plane and the simulator's own endpoints, as one ports::Handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ports/downstream.h"
#include "ports/env.h"
#include "sim/auth.h"
#include "sim/bill.h"
#include "sim/events.h"
#include "sim/faults.h"
#include "sim/invocation.h"
#include "sim/prompt_cache.h"
#include "sim/recorder.h"

namespace stargate::sim {

struct Settings {
  AuthSettings auth;
  Duration clock_offset{};             // added to the clock that signatures are checked against
  Duration ttft{};                     // time to first token; 0: at once
  std::int64_t tokens_per_second = 0;  // 0: as fast as the client reads
  std::size_t delta_tokens = 5;        // text of one delta
  std::size_t bench_reply_bytes = 0;   // > 0: every call gets the same precomputed answer of so much text
  std::size_t bench_chunks = 1;        // text deltas of that answer
};

// What all cores share. Every member is thread-safe; settings do not change.
struct World {
  explicit World(Settings given) : settings(std::move(given)) {}
  const Settings settings;
  PromptCache cache;
  FaultBook faults;
  Bill bill;
  Recorder recorder;
};

// One per core, on that core's thread; world and env outlive it. Every request is answered: what cannot be served gets
// AWS's own error body.
class Bedrock final : public ports::Handler {
 public:
  static constexpr std::size_t kBodyBytesMax = 25'000'000;  // AWS's limit of a body

  Bedrock(World& world, ports::Env& env);

  ports::Task<void> serve(ports::Downstream& downstream) override;
  ports::Refusal refusal(const codec::http1::RequestHead& head, std::string_view peer, Duration took,
                         const Error& error) override;

 private:
  struct Exchange;  // one request on its way

  ports::Task<void> serve_bench(ports::Downstream& downstream);
  ports::Task<void> serve_control(ports::Downstream& downstream);
  ports::Task<void> serve_call(Exchange& exchange);
  ports::Task<void> answer_whole(Exchange& exchange, Invocation& invocation);
  ports::Task<void> answer_stream(Exchange& exchange, Invocation& invocation);
  // Sends the events; says how the answer ended ("complete" ...). `generated` counts output tokens on the way.
  ports::Task<std::string> send_events(Exchange& exchange, Invocation& invocation, std::int64_t& generated);
  // False: the stream ends here, and `end` says how.
  ports::Task<bool> play_fault(Exchange& exchange, const Fault& fault, const StreamEvent& next, std::string& end);
  ports::Task<bool> send_frame(Exchange& exchange, const StreamEvent& event);

  ports::Task<void> respond(Exchange& exchange, int status, codec::http1::Headers headers, std::string body);
  ports::Task<void> respond_error(Exchange& exchange, const Error& error);
  ports::Task<bool> pause(Exchange& exchange, Duration time);  // false: the client is gone
  void settle(const Exchange& exchange, const Invocation& invocation, std::int64_t generated, std::string end);

  [[nodiscard]] InvocationContext context();
  [[nodiscard]] std::string uuid();

  World* world_;
  ports::Env* env_;
  std::string bench_whole_;
  std::vector<std::string> bench_frames_;
};

}  // namespace stargate::sim
