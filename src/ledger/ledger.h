// Book and journal together: what a request holds, and how that ends, in memory and on disk.
//
// Keeps true: every reservation ends exactly once, in the book and in the journal alike, whatever path its request
// takes: settled at its cost; voided when nothing was dispatched; or, dropped after dispatch without either, settled at
// what was held and marked as estimated (never nothing for tokens that may have been generated). What a crash leaves
// without an end is what the journal's replay calls unsettled.
//
// A settlement is given to the journal before the book frees the hold. Thread-safe as book and journal are; owned by
// app, outlives every Reservation.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/money.h"
#include "base/time.h"
#include "ledger/book.h"
#include "ledger/journal.h"
#include "policy/hold.h"

namespace stargate::ledger {

// Bounds under which a record always fits its frame: sixteen ids, a request id and a row.
inline constexpr std::size_t kRequestIdBytesMax = 256;
inline constexpr std::size_t kRowBytesMax = std::size_t{8} * 1024;

class Ledger;

// A request's claim on its budgets. Move-only; belongs to the request's coroutine, on its core.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept { *this = std::move(other); }
  Reservation& operator=(Reservation&& other) noexcept;
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() { drop(); }

  [[nodiscard]] bool live() const { return ledger_ != nullptr; }
  [[nodiscard]] const policy::HoldSize& size() const { return size_; }
  // From here on the upstream may bill: call it before the first byte is sent.
  void mark_dispatched() { dispatched_ = true; }

 private:
  friend class Ledger;
  void drop() noexcept;

  Ledger* ledger_ = nullptr;
  std::string request_id_;
  Hold hold_;
  policy::HoldSize size_;
  WallTime at_ = {};
  bool dispatched_ = false;
};

// How a request ended, for the journal and the store.
struct Bill {
  base::NanoUsd cost = {};
  bool estimated = false;
  std::string row = {};  // the spend row, in the store's own form
};

class Ledger {
 public:
  // Journal::append(), or a test's.
  using Append = std::function<Result<std::uint64_t>(JournalRecord, Durability, Journal::Done)>;

  Ledger(Book& book, Append append, Durability durability = Durability::kSynced)
      : book_(book), append_(std::move(append)), durability_(durability) {}
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Holds on all budgets of the set or on none. `request_id` is unique for all time; `row` says whose request it is,
  // for the list of unsettled ones. `written`: the hold is in the file (dispatch after it, and kill -9 leaves it
  // unsettled). Errors: policy::budget_exceeded(); the journal's kUnavailable; kTooLarge for a request id or a row
  // beyond its bound.
  Result<Reservation> reserve(const BudgetSet& set, const policy::HoldPlan& plan, std::string request_id,
                              std::string row, WallTime now, Journal::Done written = {});
  // Ends it at its real cost. A row that no record can hold is left out; the money is not. `durable` hears when the
  // journal has it as `durability`.
  Settlement settle(Reservation reservation, Bill bill, Journal::Done durable = {});
  // Ends one of which nothing can be billed.
  void void_reservation(Reservation reservation);

 private:
  friend class Reservation;
  static JournalRecord record_of(const Reservation& reservation, RecordKind kind);

  Book& book_;
  Append append_;
  Durability durability_;
};

}  // namespace stargate::ledger
