// The book of budgets in memory: who may still spend what. It decides whether a request is let in.
//
// Keeps true, in exact mode and for each budget and window: a hold is granted only when spent + held + hold <= limit of
// every budget of the request, all looked at and changed in one critical section; so spent + held never passes the
// limit but where the upstream billed more than was held (counted as an overrun) or the limit was lowered below it.
// Every hold ends exactly once: settled, voided, or abandoned by its handle.
//
// One mutex guards all budgets: a request touches up to sixteen of them, most of which (team, global) it shares with
// the other cores, so shards would be taken in rows and contended just the same. The section holds a few integer
// operations per budget, no allocation, no I/O and no await; a calendar is looked at only when a window ends.
// Thread-safe. Owned by app; every Hold and BudgetSet must be gone before it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/money.h"
#include "base/time.h"
#include "ledger/budget.h"
#include "policy/hold.h"

namespace stargate::ledger {

// Of one request: key, user, team, team member, customer, organization, per-model, global, and tags.
inline constexpr std::size_t kBudgetsPerHoldMax = 16;
inline constexpr std::size_t kBudgetIdBytesMax =
    384;  // id, user and model; sixteen of them fit a record of the journal

class Book;

// The budgets of a request, looked up once and kept with its principal. Cheap to copy.
class BudgetSet {
 public:
  BudgetSet() = default;
  [[nodiscard]] std::size_t size() const { return budgets_ ? budgets_->size() : 0; }

 private:
  friend class Book;
  friend class Hold;
  std::shared_ptr<const std::vector<std::shared_ptr<Budget>>> budgets_;
};

// One budget that a hold is in, and the begin of the window that it belongs to.
struct HoldPart {
  policy::account::Scope key;
  WallTime window_begin = {};
  auto operator<=>(const HoldPart&) const = default;
};

// A granted hold. Move-only; ends by Book::settle() or Book::void_hold(). One that is dropped without either ends by
// itself: voided when nothing was dispatched; else settled at what was held, since tokens may have been generated, and
// counted as abandoned. Belongs to one request on one core.
class Hold {
 public:
  Hold() = default;
  Hold(Hold&& other) noexcept { *this = std::move(other); }
  Hold& operator=(Hold&& other) noexcept;
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { abandon(); }

  // From here on the upstream may bill.
  void mark_dispatched() { dispatched_ = true; }
  [[nodiscard]] bool live() const { return book_ != nullptr; }
  [[nodiscard]] base::NanoUsd amount() const { return amount_; }
  [[nodiscard]] std::vector<HoldPart> parts() const;

 private:
  friend class Book;
  void abandon() noexcept;

  Book* book_ = nullptr;
  BudgetSet set_;
  std::array<WallTime, kBudgetsPerHoldMax> begins_{};
  base::NanoUsd amount_ = {};
  bool dispatched_ = false;
};

struct Granted {
  Hold hold;
  policy::HoldSize size;
};

// The budget that did not let a request pass, for policy::budget_exceeded().
struct Refusal {
  policy::BudgetFigures budget;
  base::NanoUsd needed;
};

// What happened at the end of a hold.
struct Settlement {
  base::NanoUsd overrun = {};  // billed beyond the hold
  std::size_t late = 0;        // budgets that were reset while the request was in flight
};

// Since the start.
struct BookCounts {
  std::uint64_t granted = 0;
  std::uint64_t refused = 0;
  std::uint64_t settled = 0;
  std::uint64_t voided = 0;
  std::uint64_t abandoned = 0;  // dropped after dispatch; among the settled ones
  std::uint64_t overruns = 0;
  base::NanoUsd overrun = {};
  [[nodiscard]] std::uint64_t in_flight() const { return granted - settled - voided; }
};

class Book {
 public:
  explicit Book(const cctz::time_zone& zone) : zone_(zone) {}
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  // Adds a budget as the store has it; one that is there already takes the terms (as edit() does) and keeps its
  // figures.
  void open(const policy::account::Scope& key, BudgetTerms terms, std::optional<StoredWindow> stored, WallTime now);
  // Forgets a budget. False: it is unknown, or a set or a hold still refers to it.
  bool close(const policy::account::Scope& key);
  // False: unknown.
  bool edit(const policy::account::Scope& key, BudgetTerms terms, WallTime now);
  // Adds to what was spent in a window; see Budget::restore().
  bool restore(const policy::account::Scope& key, WallTime window_begin, base::NanoUsd cost);

  // Errors: kNotFound for a budget that is not open, kUnprocessable for more than kBudgetsPerHoldMax
  // or a name above kBudgetIdBytesMax.
  Result<BudgetSet> resolve(std::span<const policy::account::Scope> keys);

  // All budgets or none. `now` is the caller's clock; see Budget for one that jumps.
  std::expected<Granted, Refusal> hold(const BudgetSet& set, const policy::HoldPlan& plan, WallTime now);
  // Replaces the hold by the real cost (never negative).
  Settlement settle(Hold hold, base::NanoUsd cost);
  // Nothing was dispatched, or nothing can be billed.
  void void_hold(Hold hold);

  [[nodiscard]] std::optional<policy::BudgetFigures> figures(const policy::account::Scope& key, WallTime now);
  [[nodiscard]] std::optional<StoredWindow> stored(const policy::account::Scope& key, WallTime now);
  [[nodiscard]] BookCounts counts() const;

 private:
  friend class Hold;
  Settlement end(Hold& hold, std::optional<base::NanoUsd> cost, bool abandoned);
  Budget* find(const policy::account::Scope& key);

  cctz::time_zone zone_;
  mutable std::mutex mutex_;  // guards the rest, and every Budget
  std::map<policy::account::Scope, std::shared_ptr<Budget>> budgets_;
  BookCounts counts_;
};

}  // namespace stargate::ledger
