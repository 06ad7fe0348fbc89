#include "net/timer_wheel.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

namespace stargate::net {
namespace {

using std::chrono::milliseconds;

struct Probe {
  explicit Probe(std::vector<int>& order, int probe_name)
      : fired(order), name(probe_name), entry([](void* self) { static_cast<Probe*>(self)->fire(); }, this) {}
  void fire() {
    at = std::chrono::steady_clock::now();
    fired.push_back(name);
    victim.reset();
  }
  std::vector<int>& fired;
  int name;
  MonoTime at;
  std::unique_ptr<Probe> victim;
  TimerWheel::Entry entry;
};

class Wheel : public ::testing::Test {
 protected:
  boost::asio::io_context io_{1};
  TimerWheel wheel_{io_};
  MonoTime now_ = std::chrono::steady_clock::now();
  std::vector<int> fired_;
};

TEST_F(Wheel, FiresInOrderAndNeverEarly) {
  Probe late(fired_, 2);
  Probe soon(fired_, 1);
  wheel_.arm(late.entry, now_ + milliseconds(160));
  wheel_.arm(soon.entry, now_ + milliseconds(30));
  io_.run();  // ends by itself: no timer runs while nothing is armed
  EXPECT_EQ(fired_, (std::vector<int>{1, 2}));
  EXPECT_GE(soon.at, now_ + milliseconds(30));
  EXPECT_GE(late.at, now_ + milliseconds(160));
}

TEST_F(Wheel, ForgetsWhatIsDisarmedOrDestroyed) {
  Probe disarmed(fired_, 1);
  wheel_.arm(disarmed.entry, now_ + milliseconds(1));
  TimerWheel::disarm(disarmed.entry);
  auto destroyed = std::make_unique<Probe>(fired_, 2);
  wheel_.arm(destroyed->entry, now_ + milliseconds(1));
  destroyed.reset();
  io_.run();
  EXPECT_TRUE(fired_.empty());
}

TEST_F(Wheel, LetsOneEntryDestroyAnotherThatIsDue) {
  Probe killer(fired_, 1);
  killer.victim = std::make_unique<Probe>(fired_, 2);
  wheel_.arm(killer.entry, now_ + milliseconds(1));
  wheel_.arm(killer.victim->entry, now_ + milliseconds(2));
  io_.run();
  EXPECT_EQ(fired_, (std::vector<int>{1}));
}

TEST_F(Wheel, TakesTimesThatAreOverAndNever) {
  Probe over(fired_, 1);
  wheel_.arm(over.entry, now_ - std::chrono::hours(1));
  Probe never(fired_, 2);
  wheel_.arm(never.entry, MonoTime::max());
  EXPECT_FALSE(never.entry.armed());
  io_.run();
  EXPECT_EQ(fired_, (std::vector<int>{1}));
}

TEST_F(Wheel, RearmsFromWithin) {
  struct Repeat {
    explicit Repeat(TimerWheel& owner)
        : wheel(owner), entry([](void* self) { static_cast<Repeat*>(self)->fire(); }, this) {}
    void fire() {
      if (++count < 3) wheel.arm(entry, std::chrono::steady_clock::now());
    }
    TimerWheel& wheel;
    int count = 0;
    TimerWheel::Entry entry;
  };
  Repeat repeat(wheel_);
  wheel_.arm(repeat.entry, now_);
  io_.run();
  EXPECT_EQ(repeat.count, 3);
}

}  // namespace
}  // namespace stargate::net
