#include "policy/rate_limit.h"

#include <cctz/time_zone.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/money.h"

namespace stargate::policy {
namespace {

using std::chrono::ceil;
using std::chrono::seconds;

bool over(const RateUse& use, MonoTime now) { return !use.begun || now - use.window_begin >= kRateWindow; }

// The counters as they stand at `now`. A clock that does not go back is assumed: MonoTime's.
RateUse at(const RateUse& use, MonoTime now) {
  if (!over(use, now)) return use;
  return {.window_begin = now, .begun = false, .parallel = use.parallel};
}

Duration resets_after(const RateUse& use, MonoTime now) {
  return use.begun ? use.window_begin + kRateWindow - now : kRateWindow;
}

RateFigure figure(RateKind kind, std::int64_t limit, std::int64_t used, Duration resets) {
  return {.kind = kind,
          .limit = limit,
          .remaining = std::max<std::int64_t>(0, limit - std::min(used, limit)),
          .resets_after = resets};
}

// The first limit of a gate that does not let the request pass.
std::optional<RateFigure> refusal_of(const RateLimits& limits, const RateUse& use, const RateAsk& ask, MonoTime now) {
  const Duration resets = resets_after(use, now);
  if (limits.requests_per_minute && ask.counts_request && use.requests >= *limits.requests_per_minute) {
    return figure(RateKind::kRequests, *limits.requests_per_minute, use.requests, resets);
  }
  if (limits.tokens_per_minute && ask.tokens > 0) {
    const bool fits = base::saturating_add(use.tokens, ask.tokens) <= *limits.tokens_per_minute;
    const bool alone = use.tokens == 0 && *limits.tokens_per_minute > 0;
    if (!fits && !alone) return figure(RateKind::kTokens, *limits.tokens_per_minute, use.tokens, resets);
  }
  if (limits.parallel_requests && ask.counts_request && use.parallel >= *limits.parallel_requests) {
    return figure(RateKind::kParallel, *limits.parallel_requests, use.parallel, {});
  }
  return std::nullopt;
}

RateTicket take_one(RateUse& use, const RateAsk& ask, MonoTime now) {
  use = at(use, now);
  use.begun = true;
  const std::int64_t tokens = std::max<std::int64_t>(0, ask.tokens);
  use.tokens = base::saturating_add(use.tokens, tokens);
  use.requests += ask.counts_request ? 1 : 0;
  use.parallel += ask.counts_request ? 1 : 0;
  return {.window_begin = use.window_begin, .tokens = tokens, .counted = ask.counts_request};
}

bool same_window(const RateUse& use, const RateTicket& ticket) {
  return use.begun && use.window_begin == ticket.window_begin;
}

void release_slot(RateUse& use, const RateTicket& ticket) {
  if (ticket.counted && use.parallel > 0) --use.parallel;
}

void add_tightest(std::vector<Header>& headers, const RateFigure& tightest) {
  const std::string kind(name_of(tightest.kind));
  headers.emplace_back("x-ratelimit-limit-" + kind, std::to_string(tightest.limit));
  headers.emplace_back("x-ratelimit-remaining-" + kind, std::to_string(tightest.remaining));
  if (tightest.kind == RateKind::kParallel) return;
  headers.emplace_back("x-ratelimit-reset-" + kind, std::to_string(ceil<seconds>(tightest.resets_after).count()) + "s");
}

}  // namespace

std::string_view name_of(RateKind kind) {
  switch (kind) {
    case RateKind::kRequests: return "requests";
    case RateKind::kTokens: return "tokens";
    case RateKind::kParallel: return "max_parallel_requests";
  }
  return {};
}

std::expected<std::vector<RateTicket>, RateRefusal> take(std::span<RateGate> gates, const RateAsk& ask, MonoTime now) {
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const auto refused = refusal_of(gates[i].limits, at(*gates[i].use, now), ask, now);
    if (refused) return std::unexpected(RateRefusal{.gate = i, .figure = *refused});
  }
  std::vector<RateTicket> tickets;
  tickets.reserve(gates.size());
  for (const RateGate& gate : gates) tickets.push_back(take_one(*gate.use, ask, now));
  return tickets;
}

void give_back(std::span<RateGate> gates, std::span<const RateTicket> tickets, std::int64_t tokens_used) {
  for (std::size_t i = 0; i < std::min(gates.size(), tickets.size()); ++i) {
    RateUse& use = *gates[i].use;
    release_slot(use, tickets[i]);
    if (!same_window(use, tickets[i])) continue;
    use.tokens = base::saturating_add(use.tokens - tickets[i].tokens, std::max<std::int64_t>(0, tokens_used));
  }
}

void undo(std::span<RateGate> gates, std::span<const RateTicket> tickets) {
  for (std::size_t i = 0; i < std::min(gates.size(), tickets.size()); ++i) {
    RateUse& use = *gates[i].use;
    release_slot(use, tickets[i]);
    if (!same_window(use, tickets[i])) continue;
    use.tokens -= tickets[i].tokens;
    use.requests -= tickets[i].counted ? 1 : 0;
  }
}

std::vector<RateFigure> figures(const RateGate& gate, MonoTime now) {
  const RateUse use = at(*gate.use, now);
  const Duration resets = resets_after(use, now);
  std::vector<RateFigure> out;
  const RateLimits& limits = gate.limits;
  if (limits.requests_per_minute) {
    out.push_back(figure(RateKind::kRequests, *limits.requests_per_minute, use.requests, resets));
  }
  if (limits.tokens_per_minute) {
    out.push_back(figure(RateKind::kTokens, *limits.tokens_per_minute, use.tokens, resets));
  }
  if (limits.parallel_requests) {
    out.push_back(figure(RateKind::kParallel, *limits.parallel_requests, use.parallel, {}));
  }
  return out;
}

Error rate_limited(std::span<const RateGate> gates, const RateRefusal& refusal, WallTime wall) {
  const RateGate& gate = gates[refusal.gate];
  const RateFigure& figure = refusal.figure;
  Error error;
  error.code = ErrorCode::kRateLimited;
  error.source = ErrorSource::kClient;
  error.retry = Retry::kYes;
  error.type = "rate_limit_error";
  error.message = "Rate limit exceeded for " + gate.descriptor + ": " + gate.value +
                  ". Limit type: " + std::string(name_of(figure.kind)) +
                  ". Current limit: " + std::to_string(figure.limit) +
                  ", Remaining: " + std::to_string(figure.remaining) + ".";
  if (figure.kind == RateKind::kParallel) {
    error.message += " A slot is free when a request in flight ends.";
  } else {
    const auto instant = ceil<cctz::seconds>(wall + figure.resets_after);
    error.message += " Limit resets at: " + cctz::format("%Y-%m-%d %H:%M:%S UTC", instant, cctz::utc_time_zone());
  }
  error.retry_after_s = static_cast<int>(std::max<std::int64_t>(1, ceil<seconds>(figure.resets_after).count()));
  return error;
}

std::vector<Header> rate_limit_headers(std::span<const RateGate> gates, MonoTime now) {
  std::vector<Header> headers;
  std::array<std::optional<RateFigure>, 3> tightest;
  for (const RateGate& gate : gates) {
    for (const RateFigure& figure : figures(gate, now)) {
      const std::string kind(name_of(figure.kind));
      headers.emplace_back("x-ratelimit-" + gate.descriptor + "-limit-" + kind, std::to_string(figure.limit));
      headers.emplace_back("x-ratelimit-" + gate.descriptor + "-remaining-" + kind, std::to_string(figure.remaining));
      auto& least = tightest[static_cast<std::size_t>(figure.kind)];
      if (!least || figure.remaining < least->remaining) least = figure;
    }
  }
  for (const auto& least : tightest) {
    if (least) add_tightest(headers, *least);
  }
  return headers;
}

}  // namespace stargate::policy
