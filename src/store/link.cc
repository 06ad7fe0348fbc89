#include "store/link.h"

#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include "store/failure.h"

namespace stargate::store {
namespace {

constexpr std::chrono::microseconds kFirstPauseMax{500};
constexpr int kDoublingsMax = 7;

// Others who were interrupted at the same moment must not meet again at the next.
void pause_before(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  const auto most = kFirstPauseMax.count() << std::min(attempt, kDoublingsMax);
  std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution<std::int64_t>(0, most)(random)));
}

// Outside of this room the type of an error is a client's word.
Error without_type(Error error) {
  error.type.clear();
  return error;
}

bool is_interrupted(const Result<void>& result) { return !result && result.error().type == kInterrupted; }

}  // namespace

Result<Connection*> Link::connection() {
  if (connection_ && connection_->connected()) return connection_.get();
  // Another connection would know nothing of what the transaction has done so far.
  if (in_transaction_) return unavailable("the connection to the database was lost within a transaction");
  connection_.reset();
  const MonoTime now = std::chrono::steady_clock::now();
  if (now < not_before_) return std::unexpected(last_failure_);
  Result<std::unique_ptr<Connection>> opened = open_();
  if (!opened) {
    not_before_ = std::chrono::steady_clock::now() + settings_.reconnect_pause;
    last_failure_ = opened.error();
    return std::unexpected(last_failure_);
  }
  connection_ = std::move(*opened);
  reused_ = false;
  return connection_.get();
}

Result<Outcome> Link::read(std::string_view sql, std::span<const Value> values, Keep keep) {
  for (;;) {
    const Result<Connection*> at = connection();
    if (!at) return std::unexpected(at.error());
    Result<Outcome> outcome = (*at)->run(sql, values, keep);
    const bool stale = !outcome && !(*at)->connected() && reused_ && !in_transaction_;
    reused_ = true;
    if (stale) continue;
    if (!outcome && !in_transaction_) return std::unexpected(without_type(std::move(outcome.error())));
    return outcome;
  }
}

Result<void> Link::begin(Isolation isolation) {
  for (;;) {
    const Result<Connection*> at = connection();
    if (!at) return std::unexpected(at.error());
    Result<void> begun = (*at)->begin(isolation);
    const bool stale = !begun && !(*at)->connected() && reused_;
    reused_ = true;
    if (!stale) return begun;
  }
}

Result<void> Link::attempt(Isolation isolation, const std::function<Result<void>(Connection&)>& work) {
  if (Result<void> begun = begin(isolation); !begun) return begun;
  // Also when `work` throws: a link that stayed "in a transaction" would answer later ones and never commit them.
  struct Transaction {
    explicit Transaction(Link& l) : link(l) { link.in_transaction_ = true; }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() {
      if (!committed) link.connection_->rollback();
      link.in_transaction_ = false;
    }
    Link& link;
    bool committed = false;
  } transaction(*this);
  Result<void> done = work(*connection_);
  if (done) done = connection_->commit();
  transaction.committed = done.has_value();
  return done;
}

Result<void> Link::transact(Isolation isolation, const std::function<Result<void>(Connection&)>& work) {
  if (in_transaction_) return work(*connection_);
  const MonoTime give_up = std::chrono::steady_clock::now() + settings_.busy_time_max;
  for (int tries = 1;; ++tries) {
    const bool old_connection = reused_ && connection_ && connection_->connected();
    Result<void> done = attempt(isolation, work);
    // After a failover an old connection may lead to what is now a replica. Nothing was written; a new one knows
    // better.
    if (!done && done.error().type == kReadOnly && old_connection) continue;
    if (!done && !is_interrupted(done)) return std::unexpected(without_type(std::move(done.error())));
    if (done) return done;
    if (tries >= settings_.attempts_max || std::chrono::steady_clock::now() >= give_up) {
      return unavailable("the database is too busy: other writers came in between again and again");
    }
    pause_before(tries);
  }
}

}  // namespace stargate::store
