#include "ledger/ledger.h"

#include <algorithm>
#include <utility>

namespace stargate::ledger {

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this == &other) return *this;
  drop();
  ledger_ = std::exchange(other.ledger_, nullptr);
  request_id_ = std::move(other.request_id_);
  hold_ = std::move(other.hold_);
  size_ = other.size_;
  at_ = other.at_;
  dispatched_ = other.dispatched_;
  return *this;
}

void Reservation::drop() noexcept {
  if (ledger_ == nullptr) return;
  Ledger& ledger = *ledger_;
  if (!dispatched_) return ledger.void_reservation(std::move(*this));
  const base::NanoUsd held = hold_.amount();
  ledger.settle(std::move(*this), {.cost = held, .estimated = true});
}

JournalRecord Ledger::record_of(const Reservation& reservation, RecordKind kind) {
  JournalRecord record;
  record.kind = kind;
  record.request_id = reservation.request_id_;
  record.at = reservation.at_;
  record.parts = reservation.hold_.parts();
  return record;
}

Result<Reservation> Ledger::reserve(const BudgetSet& set, const policy::HoldPlan& plan, std::string request_id,
                                    std::string row, WallTime now, Journal::Done written) {
  if (request_id.size() > kRequestIdBytesMax || row.size() > kRowBytesMax) {
    return base::fail(ErrorCode::kTooLarge, "a request id or the row of a hold is too long for the journal");
  }
  auto granted = book_.hold(set, plan, now);
  if (!granted) {
    return std::unexpected(policy::budget_exceeded(granted.error().budget, granted.error().needed, now));
  }
  Reservation out;
  out.request_id_ = std::move(request_id);
  out.hold_ = std::move(granted->hold);
  out.size_ = granted->size;
  out.at_ = now;
  JournalRecord record = record_of(out, RecordKind::kHeld);
  record.amount = out.hold_.amount();
  record.row = std::move(row);
  // On an error the hold is voided by its handle: nothing of it is in the journal.
  if (auto queued = append_(std::move(record), Durability::kWritten, std::move(written)); !queued) {
    return std::unexpected(queued.error());
  }
  out.ledger_ = this;
  return out;
}

Settlement Ledger::settle(Reservation reservation, Bill bill, Journal::Done durable) {
  if (std::exchange(reservation.ledger_, nullptr) == nullptr) return {};
  JournalRecord record = record_of(reservation, RecordKind::kSettled);
  record.amount = bill.cost = std::max(bill.cost, base::NanoUsd{});
  record.estimated = bill.estimated;
  record.row = std::move(bill.row);
  if (record.row.size() > kRowBytesMax) record.row.clear();
  // The end of a hold is always taken.
  (void)append_(std::move(record), durability_, std::move(durable));
  return book_.settle(std::move(reservation.hold_), bill.cost);
}

void Ledger::void_reservation(Reservation reservation) {
  if (std::exchange(reservation.ledger_, nullptr) == nullptr) return;
  (void)append_(record_of(reservation, RecordKind::kVoided), Durability::kWritten, {});
  book_.void_hold(std::move(reservation.hold_));
}

}  // namespace stargate::ledger
