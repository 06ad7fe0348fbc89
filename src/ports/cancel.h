// Cancellation of one request, on one core: set once when the client is gone (or the server's patience is), heard by
// whoever waits on its behalf. Not thread-safe, by design: it lives and dies on one io_context.
#pragma once

#include <functional>
#include <list>
#include <utility>

namespace stargate::ports {

class Cancel {
 public:
  Cancel() = default;
  Cancel(const Cancel&) = delete;
  Cancel& operator=(const Cancel&) = delete;

  [[nodiscard]] bool requested() const { return requested_; }

  // Runs every hook once. Hooks must not throw and must not wait; they cancel a socket or a timer.
  void request() {
    if (requested_) return;
    requested_ = true;
    const std::list<std::function<void()>> hooks = hooks_;
    for (const auto& hook : hooks) hook();
  }

  // Holds a hook registered for its own lifetime. Does not fire when the cancel is already requested: check
  // requested().
  class Hook {
   public:
    Hook(Cancel& cancel, std::function<void()> hook)
        : cancel_(&cancel), place_(cancel.hooks_.insert(cancel.hooks_.end(), std::move(hook))) {}
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;
    ~Hook() { cancel_->hooks_.erase(place_); }

   private:
    Cancel* cancel_;
    std::list<std::function<void()>>::iterator place_;
  };

 private:
  bool requested_ = false;
  std::list<std::function<void()>> hooks_;
};

}  // namespace stargate::ports
