#include "ledger/budget.h"

#include <algorithm>
#include <utility>

namespace stargate::ledger {

using base::NanoUsd;
using policy::BudgetWindow;

Budget::Budget(policy::account::Scope key, BudgetTerms terms, const cctz::time_zone& zone,
               std::optional<StoredWindow> stored)
    : key_(std::move(key)), terms_(std::move(terms)), zone_(zone) {
  if (!stored) return;
  Window& window = add({stored->begin, stored->end});
  window.spent = stored->spent;
  window.stored = true;
}

BudgetWindow Budget::span_at(WallTime now) const {
  if (!terms_.period) return policy::endless_window();
  return policy::window_at(*terms_.period, zone_, terms_.anchor, now);
}

Budget::Window* Budget::find(WallTime begin) {
  const auto found =
      std::find_if(windows_.rbegin(), windows_.rend(), [&](const Window& w) { return w.span.begin == begin; });
  return found == windows_.rend() ? nullptr : &*found;
}

Budget::Window& Budget::add(BudgetWindow span) {
  // Of those that nothing in flight belongs to, the one that was not used for the longest makes room.
  const auto idle = [](const Window& window) { return window.holds == 0 && !window.stored; };
  if (std::ranges::count_if(windows_, idle) >= static_cast<std::ptrdiff_t>(kWindowsKept)) {
    windows_.erase(std::ranges::find_if(windows_, idle));
  }
  return windows_.emplace_back(Window{.span = span});
}

Budget::Window& Budget::use(Window& window) {
  const auto at = windows_.begin() + (&window - windows_.data());
  std::rotate(at, at + 1, windows_.end());
  return windows_.back();
}

Budget::Window& Budget::at(WallTime now) {
  if (!windows_.empty() && windows_.back().span.contains(now)) return windows_.back();
  Window* latest = nullptr;
  for (Window& window : windows_) {
    if (window.span.contains(now) && (latest == nullptr || window.span.begin > latest->span.begin)) latest = &window;
  }
  if (latest == nullptr) {
    const BudgetWindow span = span_at(now);
    latest = find(span.begin);
    if (latest == nullptr) latest = &add(span);
    latest->span.end = span.end;
  }
  for (Window& window : windows_) window.stored = window.stored && window.span.begin >= latest->span.begin;
  return use(*latest);
}

std::optional<NanoUsd> Budget::limit_at(WallTime now) const {
  if (!terms_.limit) return std::nullopt;
  return now < terms_.increase_until ? *terms_.limit + terms_.increase : *terms_.limit;
}

std::optional<NanoUsd> Budget::remaining(WallTime now) {
  const auto limit = limit_at(now);
  if (!limit) return std::nullopt;
  const Window& window = at(now);
  return *limit - window.spent - window.held;
}

policy::BudgetFigures Budget::figures(WallTime now) {
  const Window& window = at(now);
  policy::BudgetFigures out{.key = key_, .shown = terms_.shown};
  out.limit = limit_at(now);
  out.spent = window.spent;
  out.held = window.held;
  if (terms_.period) out.resets_at = window.span.end;
  return out;
}

WallTime Budget::hold(NanoUsd amount, WallTime now) {
  Window& window = at(now);
  window.held += amount;
  ++window.holds;
  return window.span.begin;
}

void Budget::release(WallTime begin, NanoUsd held) { settle(begin, held, {}); }

bool Budget::settle(WallTime begin, NanoUsd held, NanoUsd cost) {
  Window* window = find(begin);  // there: a window with holds is never dropped
  if (window == nullptr) return true;
  window->held -= held;
  window->spent += cost;
  --window->holds;
  return window != &windows_.back();
}

bool Budget::restore(WallTime begin, NanoUsd cost) {
  Window* window = find(begin);
  if (window == nullptr) {
    const BudgetWindow span = span_at(begin);
    if (span.begin != begin) return false;
    window = &add(span);
  }
  use(*window).spent += cost;
  return true;
}

void Budget::edit(BudgetTerms terms, WallTime now) {
  const bool moved = terms.period != terms_.period || terms.anchor != terms_.anchor;
  Window& window = at(now);
  terms_ = std::move(terms);
  if (moved) window.span.end = span_at(now).end;
}

StoredWindow Budget::stored(WallTime now) {
  const Window& window = at(now);
  return {.begin = window.span.begin, .end = window.span.end, .spent = window.spent};
}

}  // namespace stargate::ledger
