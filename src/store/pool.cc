#include "store/pool.h"

#include <algorithm>
#include <chrono>

#include "store/failure.h"

namespace stargate::store {

Pool::Pool(MakeStore make_store, const PoolSettings& settings)
    : make_store_(std::move(make_store)), settings_(settings) {
  const std::size_t threads = std::max<std::size_t>(settings_.threads, 1);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

Pool::~Pool() {
  std::deque<std::unique_ptr<Job>> left;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    left.swap(jobs_);
  }
  changed_.notify_all();
  for (const std::unique_ptr<Job>& job : left) job->refuse(unavailable("the gateway is ending").error());
  for (std::thread& thread : threads_) thread.join();
}

std::size_t Pool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void Pool::submit(std::unique_ptr<Job> job) {
  job->submitted_at = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (!ending_ && jobs_.size() < settings_.waiting_max) {
      jobs_.push_back(std::move(job));
      changed_.notify_one();
      return;
    }
  }
  ++rejected_;
  job->refuse(unavailable("too many requests wait for the database").error());
}

void Pool::serve() {
  std::unique_ptr<ports::Store> store;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (ending_) return;
    std::unique_ptr<Job> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    if (std::chrono::steady_clock::now() - job->submitted_at > settings_.waiting_time_max) {
      ++expired_;
      job->refuse(unavailable("the database has no time for this request").error());
    } else {
      if (!store) store = make_store_();
      job->run(*store);
    }
    job.reset();
    lock.lock();
  }
}

}  // namespace stargate::store
