// The tasks of one owner, counted.
#pragma once

#include <cstddef>

#include "net/core.h"
#include "net/waiter.h"

namespace stargate::net {

// Every task spawned here belongs to the group: nothing runs without an owner, and the owner can wait until all have
// ended. Must outlive its tasks; one core.
class TaskGroup {
 public:
  explicit TaskGroup(Core& core) : core_(core), emptied_(core) {}

  void spawn(ports::Task<void> task) {
    ++running_;
    core_.spawn(std::move(task), [this] {
      if (--running_ == 0) emptied_.wake(Wake::kReady);
    });
  }

  [[nodiscard]] std::size_t running() const { return running_; }

  // kReady as soon as no task runs. One waiter at a time.
  ports::Task<Wake> wait_empty(MonoTime deadline) {
    if (running_ == 0) co_return Wake::kReady;
    co_return co_await emptied_.wait(deadline);
  }

 private:
  Core& core_;
  Waiter emptied_;
  std::size_t running_ = 0;
};

}  // namespace stargate::net
