#include "ledger/rate_book.h"

#include <algorithm>
#include <utility>

namespace stargate::ledger {
namespace {

constexpr std::size_t kBucketsLookedAt = 4;  // with each request: more than a request adds entities for long

bool limited(const policy::RateLimits& limits) {
  return limits.requests_per_minute || limits.tokens_per_minute || limits.parallel_requests;
}

// No descriptor has a zero byte.
std::string name_of(const std::string& descriptor, const std::string& id) { return descriptor + '\0' + id; }

}  // namespace

RateLease& RateLease::operator=(RateLease&& other) noexcept {
  if (this == &other) return *this;
  drop();
  book_ = std::exchange(other.book_, nullptr);
  gates_ = std::move(other.gates_);
  tickets_ = std::move(other.tickets_);
  entries_ = std::move(other.entries_);
  estimate_ = other.estimate_;
  return *this;
}

void RateLease::drop() noexcept {
  if (book_ != nullptr) book_->end(*this, estimate_);
}

void RateLease::finish(std::int64_t tokens_used) {
  if (book_ != nullptr) book_->end(*this, tokens_used);
}

void RateLease::undo() {
  if (book_ != nullptr) book_->end(*this, std::nullopt);
}

std::vector<policy::Header> RateLease::headers(MonoTime now) const {
  if (book_ == nullptr) return {};
  const std::lock_guard lock(book_->mutex_);
  return policy::rate_limit_headers(gates_, now);
}

Result<RateLease> RateBook::take(std::span<const RateDemand> demands, const policy::RateAsk& ask, MonoTime now,
                                 WallTime wall) {
  RateLease lease;
  lease.estimate_ = ask.tokens;
  std::vector<std::string> names;
  for (const RateDemand& demand : demands) {
    if (!limited(demand.limits)) continue;
    lease.gates_.push_back({.descriptor = demand.descriptor,
                            .value = demand.shown.empty() ? demand.id : demand.shown,
                            .limits = demand.limits});
    names.push_back(name_of(demand.descriptor, demand.id));
  }
  if (names.empty()) return lease;
  std::optional<policy::RateRefusal> refusal;
  {
    const std::lock_guard lock(mutex_);
    forget_some(now);
    for (std::size_t i = 0; i < names.size(); ++i) {
      lease.entries_.push_back(&entries_[std::move(names[i])]);
      lease.gates_[i].use = &lease.entries_.back()->use;
    }
    auto taken = policy::take(lease.gates_, ask, now);
    if (taken) {
      for (RateEntry* entry : lease.entries_) ++entry->leases;
      lease.tickets_ = std::move(*taken);
      lease.book_ = this;
      return lease;
    }
    refusal = taken.error();
  }
  return std::unexpected(policy::rate_limited(lease.gates_, *refusal, wall));
}

std::size_t RateBook::entities() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void RateBook::end(RateLease& lease, std::optional<std::int64_t> tokens_used) {
  lease.book_ = nullptr;
  const std::lock_guard lock(mutex_);
  if (tokens_used) {
    policy::give_back(lease.gates_, lease.tickets_, *tokens_used);
  } else {
    policy::undo(lease.gates_, lease.tickets_);
  }
  for (RateEntry* entry : lease.entries_) --entry->leases;
}

void RateBook::forget_some(MonoTime now) {
  const std::size_t buckets = entries_.bucket_count();
  for (std::size_t looked = 0; looked < std::min(kBucketsLookedAt, buckets); ++looked) {
    bucket_ = (bucket_ + 1) % buckets;
    std::vector<std::string> idle;
    for (auto it = entries_.begin(bucket_); it != entries_.end(bucket_); ++it) {
      const bool over = !it->second.use.begun || now - it->second.use.window_begin >= policy::kRateWindow;
      if (it->second.leases == 0 && over) idle.push_back(it->first);
    }
    for (const std::string& name : idle) entries_.erase(name);
  }
}

}  // namespace stargate::ledger
