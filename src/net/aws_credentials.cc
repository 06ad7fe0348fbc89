#include "net/aws_credentials.h"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

#include "aws/refresh_policy.h"

namespace stargate::net {
namespace {

using aws::SigningIdentity;
using IdentityPtr = std::shared_ptr<const SigningIdentity>;
using ports::Task;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Resume = boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void()>::handler_type;

constexpr std::chrono::seconds kForcedInterval{30};

Error unavailable(std::string message) {
  return base::upstream_error(ErrorCode::kUnavailable, std::move(message)).error();
}

// A coroutine of some core, waiting for the refresh. The guard keeps that core's loop from running dry meanwhile.
struct WaitingCaller {
  std::uint64_t ticket;  // no other caller ever has it
  Executor executor;
  Resume resume;
  boost::asio::executor_work_guard<Executor> work;

  static void wake(WaitingCaller caller) {
    const Executor executor = caller.executor;
    boost::asio::post(executor, [resume = std::move(caller.resume)]() mutable { resume(); });
  }
};

}  // namespace

// What all cores and the refresh in flight share; the refresh keeps it alive.
class RefreshingCredentials::Shared : public std::enable_shared_from_this<Shared> {
 public:
  Shared(aws::ChainSettings settings, aws::Environment environment, CredentialHome home, RefreshObserver observer)
      : settings_(std::move(settings)),
        environment_(std::move(environment)),
        home_(home),
        observer_(std::move(observer)) {}

  // What a get() has to do. wait: for this flight, then ask answer(). start: the caller must begin it.
  struct Verdict {
    Result<IdentityPtr> answer = IdentityPtr();
    bool start = false;
    bool wait = false;
    std::uint64_t flight = 0;
    std::uint64_t ticket = 0;
  };

  Verdict look() {
    const std::lock_guard lock(mutex_);
    Verdict verdict;
    if (stopped_) {
      verdict.answer = std::unexpected(unavailable("credentials: shutting down"));
      return verdict;
    }
    const MonoTime now = home_.env.now();
    const bool forced = refused_ && (forced_flight_ || !forced_at_ || now - *forced_at_ >= kForcedInterval);
    const bool may_ask = forced || now >= ask_again_at_;
    const aws::Standing standing = identity_ ? aws::standing_of(*identity_, home_.env.wall()) : aws::Standing::kExpired;
    const bool wanted = forced || standing != aws::Standing::kFresh;
    const bool can_serve = identity_ && !forced && aws::usable(*identity_, home_.env.wall());
    verdict.start = wanted && may_ask && !refreshing_;
    const bool in_flight = refreshing_ || verdict.start;
    const bool must_wait = forced || !can_serve || standing > aws::Standing::kAdvisory;
    verdict.wait = wanted && in_flight && must_wait;
    if (!verdict.wait) verdict.answer = can_serve ? Result<IdentityPtr>(identity_) : std::unexpected(last_error_);
    if (forced && !forced_flight_) {
      forced_flight_ = true;  // what is refused stays so until the flight has ended
      forced_at_ = now;
    }
    if (verdict.start) {
      refreshing_ = true;
      ++flight_;
    }
    verdict.flight = flight_;
    verdict.ticket = ++tickets_;
    return verdict;
  }

  // After the wait for a flight. Null: it has not ended yet.
  Result<IdentityPtr> answer(std::uint64_t flight) {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && refreshing_ && flight_ == flight) return IdentityPtr();
    if (!stopped_ && identity_ && aws::usable(*identity_, home_.env.wall())) return identity_;
    return std::unexpected(last_error_);
  }

  void begin() { home_.core.spawn(refresh(shared_from_this())); }

  Task<void> wait(std::uint64_t flight, Executor executor, std::uint64_t ticket) {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(
        [self = shared_from_this(), flight, executor, ticket](Resume resume) {
          self->add(flight,
                    {ticket, executor, std::move(resume), boost::asio::executor_work_guard<Executor>(executor)});
        },
        boost::asio::use_awaitable_t<Executor>{});
  }

  // Ends the waiting of one caller, unless the flight's end is waking it already.
  void abandon(std::uint64_t ticket) {
    std::list<WaitingCaller> leaving;
    {
      const std::lock_guard lock(mutex_);
      const auto place = std::find_if(waiting_.begin(), waiting_.end(),
                                      [ticket](const WaitingCaller& each) { return each.ticket == ticket; });
      if (place == waiting_.end()) return;
      leaving.splice(leaving.end(), waiting_, place);
    }
    WaitingCaller::wake(std::move(leaving.front()));
  }

  void refuse(const SigningIdentity& identity) {
    const std::lock_guard lock(mutex_);
    const bool current = identity_ && identity_->access_key_id == identity.access_key_id &&
                         identity_->session_token.reveal() == identity.session_token.reveal() &&
                         identity_->secret_access_key.reveal() == identity.secret_access_key.reveal() &&
                         identity_->bearer.reveal() == identity.bearer.reveal();
    if (current) refused_ = true;
  }

  void stop() {
    std::list<WaitingCaller> waiting;
    bool in_flight = false;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      stopped_ = true;
      last_error_ = unavailable("credentials: shutting down");
      waiting.swap(waiting_);
      in_flight = refreshing_;
    }
    for (WaitingCaller& caller : waiting) WaitingCaller::wake(std::move(caller));
    // Only the home's core may touch the cancel.
    if (in_flight) home_.core.post([self = shared_from_this()] { self->cancel_.request(); });
  }

 private:
  void add(std::uint64_t flight, WaitingCaller caller) {
    {
      const std::lock_guard lock(mutex_);
      if (refreshing_ && flight_ == flight && !stopped_) {
        waiting_.push_back(std::move(caller));
        return;
      }
    }
    WaitingCaller::wake(std::move(caller));  // it ended between the look and the wait
  }

  static Task<void> refresh(std::shared_ptr<Shared> self) {
    Result<aws::Done> done = std::unexpected(unavailable("credentials: internal error"));
    try {
      done = co_await walk_credential_chain(self->home_, self->settings_, self->environment_, self->cancel_);
    } catch (const std::exception& exception) {
      done = std::unexpected(unavailable(std::string("credentials: ") + exception.what()));
    }
    self->finish(std::move(done));
  }

  void finish(Result<aws::Done> done) {
    const WallTime wall = home_.env.wall();
    if (done && !aws::usable(done->identity, wall)) {
      done = std::unexpected(unavailable(done->identity.origin + ": the credentials it gives have expired"));
    }
    if (!done && done.error().code != ErrorCode::kNotConfigured) done.error().code = ErrorCode::kUnavailable;
    std::list<WaitingCaller> waiting;
    IdentityPtr fresh;
    {
      const std::lock_guard lock(mutex_);
      refreshing_ = false;
      if (forced_flight_) refused_ = forced_flight_ = false;
      waiting.swap(waiting_);
      Duration pause{};
      if (done) {
        fresh = std::make_shared<const SigningIdentity>(std::move(done->identity));
        identity_ = fresh;
        failures_ = 0;
        refused_ = false;
        pause = aws::pause_after_success(*identity_, wall, home_.env.random());
      } else {
        if (!stopped_) last_error_ = done.error();
        pause = aws::pause_after_failure(++failures_, identity_.get(), wall, home_.env.random());
      }
      ask_again_at_ = home_.env.now() + pause;
    }
    for (WaitingCaller& caller : waiting) WaitingCaller::wake(std::move(caller));
    if (observer_) observer_({.identity = fresh.get(), .error = done ? nullptr : &done.error()});
  }

  const aws::ChainSettings settings_;
  const aws::Environment environment_;
  const CredentialHome home_;
  const RefreshObserver observer_;
  ports::Cancel cancel_;  // the home's core only

  std::mutex mutex_;  // guards the rest
  IdentityPtr identity_;
  Error last_error_ = unavailable("credentials: not fetched yet");
  int failures_ = 0;
  bool refreshing_ = false;
  bool stopped_ = false;
  bool refused_ = false;
  bool forced_flight_ = false;  // the flight under way has to replace refused ones
  std::optional<MonoTime> forced_at_;
  MonoTime ask_again_at_ = MonoTime::min();
  std::uint64_t flight_ = 0;
  std::uint64_t tickets_ = 0;
  std::list<WaitingCaller> waiting_;
};

RefreshingCredentials::RefreshingCredentials(aws::ChainSettings settings, aws::Environment environment,
                                             CredentialHome home, RefreshObserver observer)
    : shared_(std::make_shared<Shared>(std::move(settings), std::move(environment), home, std::move(observer))) {}

RefreshingCredentials::~RefreshingCredentials() { stop(); }

Task<Result<IdentityPtr>> RefreshingCredentials::get(Duration patience, ports::Cancel& cancel) {
  const std::shared_ptr<Shared> shared = shared_;  // the object may go while this waits
  Shared::Verdict verdict = shared->look();
  if (verdict.start) shared->begin();
  if (!verdict.wait) co_return std::move(verdict.answer);
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  const Executor executor = co_await boost::asio::this_coro::executor;
  const ports::Cancel::Hook hook(cancel, [&shared, ticket = verdict.ticket] { shared->abandon(ticket); });
  Timer patience_over(executor, Core::after(patience));
  patience_over.async_wait([shared, ticket = verdict.ticket](const boost::system::error_code& error) {
    if (!error) shared->abandon(ticket);
  });
  co_await shared->wait(verdict.flight, executor, verdict.ticket);
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  co_return shared->answer(verdict.flight);
}

void RefreshingCredentials::refused(const SigningIdentity& identity) { shared_->refuse(identity); }

void RefreshingCredentials::stop() { shared_->stop(); }

std::shared_ptr<ports::Credentials> make_credentials(aws::ChainSettings settings, aws::Environment environment,
                                                     CredentialHome home, RefreshObserver observer) {
  const bool keys = !settings.access_key_id.empty() && !settings.secret_access_key.empty();
  const bool whole =
      (keys || !settings.bearer.empty()) && settings.role_arn.empty() && settings.web_identity_token.empty();
  if (!whole) {
    return std::make_shared<RefreshingCredentials>(std::move(settings), std::move(environment), home,
                                                   std::move(observer));
  }
  SigningIdentity identity;
  identity.origin = "settings";
  identity.bearer = std::move(settings.bearer);
  if (identity.bearer.empty()) {
    identity.access_key_id = std::move(settings.access_key_id);
    identity.secret_access_key = std::move(settings.secret_access_key);
    identity.session_token = std::move(settings.session_token);
  }
  return std::make_shared<StaticCredentials>(std::move(identity));
}

}  // namespace stargate::net
