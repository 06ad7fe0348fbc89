// One budget: its terms, and what is spent and held in its windows. A plain state machine without a lock or a clock;
// the Book owns it and serialises the calls.
//
// Keeps true: what is held and spent in a window belongs to the requests that began in it. A request that ends after
// the reset is billed to the window in which it began, so a reset gives back the whole budget at its instant and no
// window is ever above its limit because of another one's requests. A window is known by its `begin`; an edit of the
// period moves the end of the current one and keeps begin and money.
//
// A clock that goes back finds the window it left, when that is one of the last kWindowsKept or has holds in flight.
#pragma once

#include <cctz/time_zone.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "policy/budget_refusal.h"
#include "policy/budget_window.h"

namespace stargate::ledger {

inline constexpr std::size_t kWindowsKept = 8;

struct BudgetTerms {
  std::optional<base::NanoUsd> limit = {};          // nullopt: counts, refuses nothing
  std::optional<policy::BudgetPeriod> period = {};  // nullopt: never begins anew
  WallTime anchor = {};                             // when the budget was set; see budget_window.h
  base::NanoUsd increase = {};                      // on top of the limit until `increase_until`
  WallTime increase_until = {};
  std::string shown;  // how its owner knows it; never a key
};

// A window as it is stored: what `open` begins with, what an edit leaves behind.
struct StoredWindow {
  WallTime begin = {};
  WallTime end = {};
  base::NanoUsd spent = {};
};

class Budget {
 public:
  Budget(policy::account::Scope key, BudgetTerms terms, const cctz::time_zone& zone,
         std::optional<StoredWindow> stored);

  struct Window {
    policy::BudgetWindow span;
    base::NanoUsd spent = {};
    base::NanoUsd held = {};
    std::int64_t holds = 0;
    bool stored = false;  // what the budget was opened with; kept until a later one is in use
  };

  [[nodiscard]] const policy::account::Scope& key() const { return key_; }
  // The window that contains `now`, made when it is new. The reference holds until the next call.
  Window& at(WallTime now);
  [[nodiscard]] std::optional<base::NanoUsd> limit_at(WallTime now) const;  // with the temporary increase
  // Limit less spent less held, negative when overdrawn; nullopt without a limit.
  std::optional<base::NanoUsd> remaining(WallTime now);
  policy::BudgetFigures figures(WallTime now);

  // Adds to what is held; returns the begin of the window, which release() and settle() take.
  WallTime hold(base::NanoUsd amount, WallTime now);
  void release(WallTime begin, base::NanoUsd held);
  // True: the window was not the latest any more (its request outlived a reset).
  bool settle(WallTime begin, base::NanoUsd held, base::NanoUsd cost);

  // Adds what a journal or a store knows to have been spent in the window that began at `begin`. False: the terms have
  // no such window (it ended before an edit of the period); there is nothing to add to.
  bool restore(WallTime begin, base::NanoUsd cost);
  // New terms from `now` on. Holds stay; a limit below them only refuses what comes.
  void edit(BudgetTerms terms, WallTime now);
  [[nodiscard]] StoredWindow stored(WallTime now);

 private:
  [[nodiscard]] policy::BudgetWindow span_at(WallTime now) const;
  Window* find(WallTime begin);
  Window& add(policy::BudgetWindow span);
  Window& use(Window& window);

  policy::account::Scope key_;
  BudgetTerms terms_;
  cctz::time_zone zone_;
  std::vector<Window> windows_;  // the one used last stands last
};

}  // namespace stargate::ledger
