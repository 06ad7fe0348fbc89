#include "net/timer_wheel.h"

#include <algorithm>

namespace stargate::net {

TimerWheel::TimerWheel(boost::asio::io_context& io)
    : timer_(io.get_executor()), start_(std::chrono::steady_clock::now()) {}

std::uint64_t TimerWheel::tick_at_or_after(MonoTime time) const {
  if (time <= start_) return 0;
  return static_cast<std::uint64_t>((time - start_ + kTick - MonoTime::duration(1)) / kTick);
}

std::uint64_t TimerWheel::tick_before(MonoTime time) const {
  return time <= start_ ? 0 : static_cast<std::uint64_t>((time - start_) / kTick);
}

void TimerWheel::arm(Entry& entry, MonoTime due) {
  disarm(entry);
  if (due == MonoTime::max()) return;
  // While the wheel stands still its last turn may lie long ago: an entry goes at least one tick ahead of it.
  entry.due_tick_ = std::max(tick_at_or_after(due), turned_tick_ + 1);
  slots_[entry.due_tick_ % kSlots].push_back(entry);
  schedule(entry.due_tick_);
}

void TimerWheel::schedule(std::uint64_t tick) {
  // An entry more than a round ahead is met (and left) once per round, so nothing beyond one round is awaited.
  if (scheduled_tick_ != 0 && scheduled_tick_ <= tick) return;
  scheduled_tick_ = tick;
  timer_.expires_at(start_ + kTick * tick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) turn();
  });
}

void TimerWheel::turn() {
  scheduled_tick_ = 0;
  const std::uint64_t now_tick = tick_before(std::chrono::steady_clock::now());
  if (now_tick > turned_tick_) {
    List due;
    const std::uint64_t first = std::max(turned_tick_ + 1, now_tick >= kSlots ? now_tick - kSlots + 1 : 0);
    for (std::uint64_t tick = first; tick <= now_tick; ++tick) {
      List& slot = slots_[tick % kSlots];
      for (auto place = slot.begin(); place != slot.end();) {
        Entry& entry = *place++;
        if (entry.due_tick_ > now_tick) continue;
        entry.unlink();
        due.push_back(entry);
      }
    }
    turned_tick_ = now_tick;
    // One by one from the front: a firing entry may destroy others that are due, which unlinks them here.
    while (!due.empty()) {
      Entry& entry = due.front();
      due.pop_front();
      entry.fire_(entry.context_);
    }
  }
  schedule_next();
}

void TimerWheel::schedule_next() {
  for (std::uint64_t tick = turned_tick_ + 1; tick <= turned_tick_ + kSlots; ++tick) {
    if (!slots_[tick % kSlots].empty()) {
      schedule(tick);
      return;
    }
  }
}

}  // namespace stargate::net
