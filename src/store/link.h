// A connection that comes back.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/time.h"
#include "store/connection.h"
#include "store/query.h"
#include "store/settings.h"

namespace stargate::store {

// Opens the connection at its first use and again after it was lost. A lost connection is noticed by a statement that
// fails; where that statement was a read, or the beginning of a transaction, it is run again on a new one: nothing had
// happened. The same goes for a write that finds an old connection at a server that has become read-only. One thread at
// a time.
class Link {
 public:
  using Open = std::function<Result<std::unique_ptr<Connection>>()>;

  Link(Open open, const Settings& settings) : open_(std::move(open)), settings_(settings) {}

  Result<Outcome> read(std::string_view sql, std::span<const Value> values, Keep keep = Keep::kYes);
  Result<Outcome> read(const Query& query) { return read(query.text(), query.values(), Keep::kNo); }

  // All of `work` or nothing. Inside another transact() it is a part of that one. Runs `work` again when
  // another writer came in between: at most attempts_max times, and not after busy_time_max.
  Result<void> transact(Isolation isolation, const std::function<Result<void>(Connection&)>& work);

  // The same, for work that gives something.
  template <class T>
  Result<T> write(const std::function<Result<T>(Connection&)>& work) {
    Result<T> result = T{};
    const Result<void> done = transact(Isolation::kReadCommitted, [&](Connection& connection) -> Result<void> {
      result = work(connection);
      if (!result) return std::unexpected(result.error());
      return {};
    });
    if (!done) return std::unexpected(done.error());
    return result;
  }
  Result<void> write(const std::function<Result<void>(Connection&)>& work) {
    return transact(Isolation::kReadCommitted, work);
  }

 private:
  Result<Connection*> connection();
  Result<void> begin(Isolation isolation);
  Result<void> attempt(Isolation isolation, const std::function<Result<void>(Connection&)>& work);

  Open open_;
  Settings settings_;
  std::unique_ptr<Connection> connection_;
  bool reused_ = false;  // the connection has already answered something
  bool in_transaction_ = false;
  MonoTime not_before_;  // of the next attempt to connect
  Error last_failure_;
};

}  // namespace stargate::store
