// The database on a few threads of its own, for coroutines that must not block.
#pragma once

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ports/store.h"
#include "ports/task.h"

namespace stargate::store {

struct PoolSettings {
  std::size_t threads = 4;  // and so many connections
  std::size_t waiting_max = 1024;
  Duration waiting_time_max = std::chrono::seconds(10);
};

// Each thread has one store, made at its first job. Jobs are begun in the order in which they came. A job that finds
// the queue full, that has waited too long, or that still waits when the pool ends is not run: kUnavailable.
//
// Made and destroyed by app; must be destroyed before the cores whose coroutines wait on it. run() may be called on any
// core. Destroying it waits for the jobs in work, which end within the time that the store gives its statements.
class Pool {
 public:
  using MakeStore = std::function<std::unique_ptr<ports::Store>()>;

  Pool(MakeStore make_store, const PoolSettings& settings);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  // Runs `work` (a function of ports::Store& that returns a Result) on a thread of the pool; the coroutine goes on on
  // its own core. What `work` refers to must outlive the awaiting.
  template <class Work>
  ports::Task<std::invoke_result_t<Work&, ports::Store&>> run(Work work) {
    using Outcome = std::invoke_result_t<Work&, ports::Store&>;
    const boost::asio::use_awaitable_t<Executor> token{};
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void(Outcome)>(
        [this](Handler<Outcome> handler, Work taken) {
          submit(std::make_unique<TypedJob<Work, Outcome>>(std::move(handler), std::move(taken)));
        },
        token, std::move(work));
  }

  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::uint64_t rejected() const { return rejected_; }  // the queue was full
  [[nodiscard]] std::uint64_t expired() const { return expired_; }    // waited too long

 private:
  using Executor = boost::asio::io_context::executor_type;
  template <class Outcome>
  using Handler =
      typename boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void(Outcome)>::handler_type;

  // One of run() and refuse() is called once, on any thread.
  class Job {
   public:
    Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    virtual ~Job() = default;
    virtual void run(ports::Store& store) = 0;
    virtual void refuse(Error error) = 0;
    MonoTime submitted_at;
  };

  template <class Work, class Outcome>
  class TypedJob final : public Job {
   public:
    TypedJob(Handler<Outcome> handler, Work work)
        : handler_(std::move(handler)), work_(std::move(work)), keeps_loop_(handler_.get_executor()) {}
    void run(ports::Store& store) override { complete(guarded(store)); }
    void refuse(Error error) override { complete(Outcome(std::unexpected(std::move(error)))); }

   private:
    Outcome guarded(ports::Store& store) {
      try {
        return work_(store);
      } catch (const std::exception&) {  // out of memory: no exception crosses a room
        return base::fail(ErrorCode::kInternal, "a job of the database ended by an exception");
      }
    }
    void complete(Outcome outcome) {
      const Executor executor = handler_.get_executor();
      boost::asio::post(executor, [handler = std::move(handler_), outcome = std::move(outcome)]() mutable {
        handler(std::move(outcome));
      });
    }

    Handler<Outcome> handler_;
    Work work_;
    boost::asio::executor_work_guard<Executor> keeps_loop_;
  };

  void submit(std::unique_ptr<Job> job);
  void serve();

  MakeStore make_store_;
  PoolSettings settings_;
  std::atomic<std::uint64_t> rejected_ = 0;
  std::atomic<std::uint64_t> expired_ = 0;
  mutable std::mutex mutex_;  // guards jobs_ and ending_
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> jobs_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace stargate::store
