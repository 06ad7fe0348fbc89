// Requests per minute, tokens per minute and requests at once, for each entity that has such limits. Pure: time is a
// parameter; whoever owns the counters serialises the calls.
//
// A window is a minute that begins with the first request in it, as LiteLLM's is; so "remaining" and "resets" mean what
// its clients expect. Requests and concurrency are exact. Tokens are reserved by estimate before the request and put
// right by its usage after it, inside the window in which they were reserved; usage that comes later than that has
// nothing to correct. A request whose estimate alone is above the limit is admitted into an empty window: a low limit
// slows, it does not lock out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace stargate::policy {

inline constexpr Duration kRateWindow = std::chrono::minutes(1);

struct RateLimits {
  std::optional<std::int64_t> requests_per_minute = {};
  std::optional<std::int64_t> tokens_per_minute = {};
  std::optional<std::int64_t> parallel_requests = {};
};

// What one entity has used. A value; all zero at the start.
struct RateUse {
  MonoTime window_begin = {};
  bool begun = false;  // window_begin means something
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  std::int64_t parallel = 0;
};

// One entity that a request must pass.
struct RateGate {
  std::string descriptor;  // "api_key", "user", "team", "model_per_key": LiteLLM's names
  std::string value;       // which one, as it may be shown
  RateLimits limits;
  RateUse* use = nullptr;  // not owned
};

struct RateAsk {
  std::int64_t tokens = 0;     // the estimate
  bool counts_request = true;  // false for count_tokens, which no request limit holds up
};

// What was taken from one gate; given to give_back() exactly once.
struct RateTicket {
  MonoTime window_begin = {};
  std::int64_t tokens = 0;
  bool counted = false;
};

enum class RateKind : std::uint8_t { kRequests, kTokens, kParallel };
std::string_view name_of(RateKind kind);  // "requests", "tokens", "max_parallel_requests"

// How one limit stands.
struct RateFigure {
  RateKind kind = RateKind::kRequests;
  std::int64_t limit = 0;
  std::int64_t remaining = 0;  // never negative
  Duration resets_after = {};  // zero for kParallel: a slot is free when a request ends
};

struct RateRefusal {
  std::size_t gate = 0;  // index of the first gate that does not let it pass
  RateFigure figure;
};

// Takes one request and its tokens from every gate, or from none. The tickets stand in the order of the gates.
std::expected<std::vector<RateTicket>, RateRefusal> take(std::span<RateGate> gates, const RateAsk& ask, MonoTime now);

// The request has ended: its slots are free, and the tokens that it really used replace the estimate.
void give_back(std::span<RateGate> gates, std::span<const RateTicket> tickets, std::int64_t tokens_used);

// The request was never sent (another check refused it): as if it had not been taken.
void undo(std::span<RateGate> gates, std::span<const RateTicket> tickets);

// The limits of one gate as they stand at `now`.
std::vector<RateFigure> figures(const RateGate& gate, MonoTime now);

// kRateLimited in LiteLLM's words, retry_after_s at least 1. `wall` is the same instant as `now`.
Error rate_limited(std::span<const RateGate> gates, const RateRefusal& refusal, WallTime wall);

// x-ratelimit-<descriptor>-limit-<kind> and -remaining-<kind> of every gate, and of the tightest limit per kind
// x-ratelimit-limit-<kind>, -remaining-<kind>, -reset-<kind> ("37s") as OpenAI's clients read them.
using Header = std::pair<std::string, std::string>;
std::vector<Header> rate_limit_headers(std::span<const RateGate> gates, MonoTime now);

}  // namespace stargate::policy
