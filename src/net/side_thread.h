// Blocking calls (files, programs) away from the core's thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "net/core.h"
#include "net/waiter.h"
#include "ports/task.h"

namespace stargate::net {

// One blocking call at a time, each on a short-lived thread: for things that are done a few times an hour. Owned and
// used on one core. When the core stops, or this is destroyed, cancelled() becomes true and the thread is joined: jobs
// must look at it.
class SideThread {
 public:
  explicit SideThread(Core& core) : core_(core) {}
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;
  ~SideThread() { end(); }

  // False: the core is stopping and the job was cancelled. What the job refers to must outlive the awaiting.
  // Throws std::system_error when there is no thread to be had.
  ports::Task<bool> run(std::function<void()> job) {
    auto waiter = std::make_shared<Waiter>(core_);
    thread_ = std::thread([&core = core_, waiter, job = std::move(job)] {
      job();
      core.post([waiter] { waiter->wake(Wake::kReady); });
    });
    const Wake wake = co_await waiter->wait();
    end(wake != Wake::kReady);
    co_return wake == Wake::kReady;
  }

  [[nodiscard]] const std::atomic<bool>& cancelled() const { return cancelled_; }
  void cancel() { cancelled_ = true; }

 private:
  void end(bool cancelling = true) {
    if (cancelling) cancelled_ = true;
    if (thread_.joinable()) thread_.join();
  }

  Core& core_;
  std::atomic<bool> cancelled_ = false;
  std::thread thread_;
};

}  // namespace stargate::net
