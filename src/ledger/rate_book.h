// The counters of all rate limits of this process: policy::RateUse by entity, shared by the cores.
//
// Keeps true: requests and requests at once are counted exactly, all entities of a request in one critical section or
// none of them; a slot that was taken is given back exactly once, by its lease. Entities that nothing refers to and
// whose minute is over are forgotten, a few with each request.
//
// One mutex for the same reasons as the Book's. Thread-safe. Owned by app; every lease must be gone before it.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "policy/rate_limit.h"

namespace stargate::ledger {

// One entity with limits that a request counts for.
struct RateDemand {
  std::string descriptor;  // "api_key", "team", "model_per_key": LiteLLM's names
  std::string id;          // which one; with the descriptor it names the counters
  std::string shown;       // in refusals; the id where empty. Never a key.
  policy::RateLimits limits;
};

class RateBook;

// The counters of one entity, and how many leases refer to them. The book's.
struct RateEntry {
  policy::RateUse use;
  int leases = 0;
};

// What one request has taken. Move-only; belongs to the request, on its core. Dropped without a word it frees its slots
// and lets the estimate of the tokens stand.
class RateLease {
 public:
  RateLease() = default;
  RateLease(RateLease&& other) noexcept { *this = std::move(other); }
  RateLease& operator=(RateLease&& other) noexcept;
  RateLease(const RateLease&) = delete;
  RateLease& operator=(const RateLease&) = delete;
  ~RateLease() { drop(); }

  // The request has ended with this many tokens.
  void finish(std::int64_t tokens_used);
  // It was never sent: as if it had not been taken.
  void undo();
  // Limits and what remains, for the answer's headers; empty once it has ended.
  [[nodiscard]] std::vector<policy::Header> headers(MonoTime now) const;

 private:
  friend class RateBook;
  void drop() noexcept;

  RateBook* book_ = nullptr;
  std::vector<policy::RateGate> gates_;
  std::vector<policy::RateTicket> tickets_;
  std::vector<RateEntry*> entries_;  // in the order of the gates
  std::int64_t estimate_ = 0;
};

class RateBook {
 public:
  RateBook() = default;
  RateBook(const RateBook&) = delete;
  RateBook& operator=(const RateBook&) = delete;

  // Passes every limit or takes nothing. `now` and `wall` are the same instant. Errors: policy::rate_limited().
  Result<RateLease> take(std::span<const RateDemand> demands, const policy::RateAsk& ask, MonoTime now, WallTime wall);
  [[nodiscard]] std::size_t entities() const;

 private:
  friend class RateLease;
  void forget_some(MonoTime now);
  void end(RateLease& lease, std::optional<std::int64_t> tokens_used);

  mutable std::mutex mutex_;  // guards the rest, and every RateUse
  std::unordered_map<std::string, RateEntry> entries_;
  std::size_t bucket_ = 0;  // where forget_some() goes on
};

}  // namespace stargate::ledger
