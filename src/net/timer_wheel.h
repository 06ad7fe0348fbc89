// Coarse deadlines for one core: thousands of waits share one system timer.
#pragma once

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace stargate::net {

// A hashed wheel of kSlots slots of one tick each. An entry never fires before its time and at most about one tick
// late. Arming and disarming are O(1) and make no system call as long as an earlier tick is already awaited; while
// nothing is armed, no timer runs. Owned by Core; used on its thread only. Cannot fail.
class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{50};
  static constexpr std::size_t kSlots = 256;

  // One deadline, a member of whoever waits. Disarms itself when destroyed. `fire` is called with `context`, at most
  // once per arming; it may arm, disarm or destroy any entry.
  class Entry : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    using Fire = void (*)(void* context);
    Entry(Fire fire, void* context) : fire_(fire), context_(context) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    [[nodiscard]] bool armed() const { return is_linked(); }

   private:
    friend class TimerWheel;
    Fire fire_;
    void* context_;
    std::uint64_t due_tick_ = 0;
  };

  explicit TimerWheel(boost::asio::io_context& io);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // (Re)arms. MonoTime::max() disarms: "no deadline".
  void arm(Entry& entry, MonoTime due);
  static void disarm(Entry& entry) {
    if (entry.is_linked()) entry.unlink();
  }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  using List = boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>>;

  [[nodiscard]] std::uint64_t tick_at_or_after(MonoTime time) const;
  [[nodiscard]] std::uint64_t tick_before(MonoTime time) const;
  void schedule(std::uint64_t tick);
  void schedule_next();
  void turn();

  Timer timer_;
  MonoTime start_;
  std::uint64_t turned_tick_ = 0;     // all ticks up to this one have been handled
  std::uint64_t scheduled_tick_ = 0;  // 0: the timer does not run
  std::array<List, kSlots> slots_;
};

}  // namespace stargate::net
