#include "ledger/book.h"

#include <algorithm>
#include <utility>

namespace stargate::ledger {

using base::NanoUsd;

Hold& Hold::operator=(Hold&& other) noexcept {
  if (this == &other) return *this;
  abandon();
  book_ = std::exchange(other.book_, nullptr);
  set_ = std::move(other.set_);
  begins_ = other.begins_;
  amount_ = other.amount_;
  dispatched_ = other.dispatched_;
  return *this;
}

void Hold::abandon() noexcept {
  if (book_ == nullptr) return;
  book_->end(*this, dispatched_ ? std::optional(amount_) : std::nullopt, dispatched_);
}

std::vector<HoldPart> Hold::parts() const {
  std::vector<HoldPart> out;
  out.reserve(set_.size());
  for (std::size_t i = 0; i < set_.size(); ++i) out.push_back({(*set_.budgets_)[i]->key(), begins_[i]});
  return out;
}

Budget* Book::find(const policy::account::Scope& key) {
  const auto found = budgets_.find(key);
  return found == budgets_.end() ? nullptr : found->second.get();
}

void Book::open(const policy::account::Scope& key, BudgetTerms terms, std::optional<StoredWindow> stored,
                WallTime now) {
  const std::lock_guard lock(mutex_);
  if (Budget* budget = find(key); budget != nullptr) return budget->edit(std::move(terms), now);
  budgets_.emplace(key, std::make_shared<Budget>(key, std::move(terms), zone_, stored));
}

bool Book::close(const policy::account::Scope& key) {
  const std::lock_guard lock(mutex_);
  const auto found = budgets_.find(key);
  // Sets are made under this lock alone: with no other owner now there will be none.
  if (found == budgets_.end() || found->second.use_count() > 1) return false;
  budgets_.erase(found);
  return true;
}

bool Book::edit(const policy::account::Scope& key, BudgetTerms terms, WallTime now) {
  const std::lock_guard lock(mutex_);
  Budget* budget = find(key);
  if (budget != nullptr) budget->edit(std::move(terms), now);
  return budget != nullptr;
}

bool Book::restore(const policy::account::Scope& key, WallTime window_begin, NanoUsd cost) {
  const std::lock_guard lock(mutex_);
  Budget* budget = find(key);
  return budget != nullptr && budget->restore(window_begin, cost);
}

Result<BudgetSet> Book::resolve(std::span<const policy::account::Scope> keys) {
  std::vector<policy::account::Scope> wanted(keys.begin(), keys.end());
  std::ranges::sort(wanted);
  const auto repeated = std::ranges::unique(wanted);
  wanted.erase(repeated.begin(), repeated.end());
  if (wanted.size() > kBudgetsPerHoldMax) {
    return base::client_error(
        ErrorCode::kUnprocessable,
        "more than " + std::to_string(kBudgetsPerHoldMax) + " budgets apply to one request (does it carry many tags?)");
  }
  const auto too_long = [](const policy::account::Scope& key) {
    return policy::account::size_bytes(key) > kBudgetIdBytesMax;
  };
  if (std::ranges::any_of(wanted, too_long)) {
    return base::client_error(ErrorCode::kUnprocessable,
                              "the name of a budget has more than " + std::to_string(kBudgetIdBytesMax) + " bytes");
  }
  auto found = std::make_shared<std::vector<std::shared_ptr<Budget>>>();
  found->reserve(wanted.size());
  const std::lock_guard lock(mutex_);
  for (const policy::account::Scope& key : wanted) {
    const auto budget = budgets_.find(key);
    if (budget == budgets_.end()) {
      return base::fail(ErrorCode::kNotFound,
                        "no budget is open for a " + std::string(policy::account::name_of(key.kind)));
    }
    found->push_back(budget->second);
  }
  BudgetSet set;
  set.budgets_ = std::move(found);
  return set;
}

std::expected<Granted, Refusal> Book::hold(const BudgetSet& set, const policy::HoldPlan& plan, WallTime now) {
  Granted granted;
  granted.hold.set_ = set;
  const std::lock_guard lock(mutex_);
  std::optional<NanoUsd> least;
  Budget* tightest = nullptr;
  for (std::size_t i = 0; i < set.size(); ++i) {
    Budget& budget = *(*set.budgets_)[i];
    const auto remaining = budget.remaining(now);
    if (!remaining || (least && *least <= *remaining)) continue;
    least = remaining;
    tightest = &budget;
  }
  const auto size = policy::size_hold(plan, least);
  if (!size) {
    ++counts_.refused;
    return std::unexpected(Refusal{.budget = tightest->figures(now), .needed = policy::least_of(plan)});
  }
  for (std::size_t i = 0; i < set.size(); ++i) granted.hold.begins_[i] = (*set.budgets_)[i]->hold(size->amount, now);
  granted.hold.book_ = this;
  granted.hold.amount_ = size->amount;
  granted.size = *size;
  ++counts_.granted;
  return granted;
}

Settlement Book::settle(Hold hold, NanoUsd cost) { return end(hold, std::max(cost, NanoUsd{}), false); }

void Book::void_hold(Hold hold) { end(hold, std::nullopt, false); }

Settlement Book::end(Hold& hold, std::optional<NanoUsd> cost, bool abandoned) {
  Settlement out;
  if (std::exchange(hold.book_, nullptr) == nullptr) return out;  // a moved-from handle: it ended elsewhere
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < hold.set_.size(); ++i) {
    Budget& budget = *(*hold.set_.budgets_)[i];
    out.late += budget.settle(hold.begins_[i], hold.amount_, cost.value_or(NanoUsd{})) ? 1 : 0;
  }
  ++(cost ? counts_.settled : counts_.voided);
  counts_.abandoned += abandoned ? 1 : 0;
  if (cost && *cost > hold.amount_) {
    out.overrun = *cost - hold.amount_;
    ++counts_.overruns;
    counts_.overrun += out.overrun;
  }
  return out;
}

std::optional<policy::BudgetFigures> Book::figures(const policy::account::Scope& key, WallTime now) {
  const std::lock_guard lock(mutex_);
  Budget* budget = find(key);
  if (budget == nullptr) return std::nullopt;
  return budget->figures(now);
}

std::optional<StoredWindow> Book::stored(const policy::account::Scope& key, WallTime now) {
  const std::lock_guard lock(mutex_);
  Budget* budget = find(key);
  if (budget == nullptr) return std::nullopt;
  return budget->stored(now);
}

BookCounts Book::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace stargate::ledger
