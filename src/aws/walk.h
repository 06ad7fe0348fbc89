// A coroutine without any runtime: it stops where it asks the outside world something and goes on when it is told the
// answer. That lets a long decision (the credential chain) be written top to bottom and still be pure.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace stargate::aws {

// What a coroutine returns that either finishes with a T or is waiting somewhere below. Lazy: begins when started or
// awaited. Owned by whoever called it; destroying it destroys everything below. Not thread-safe. An exception inside
// comes out where it is awaited, or of result().
template <class T>
class [[nodiscard]] Walk {
 public:
  struct promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  struct Return {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(Handle self) const noexcept {
      return self.promise().parent ? self.promise().parent : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  struct promise_type {
    std::optional<T> value;
    std::exception_ptr error;
    std::coroutine_handle<> parent;

    Walk get_return_object() { return Walk(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    Return final_suspend() const noexcept { return {}; }
    void return_value(T result) { value.emplace(std::move(result)); }
    void unhandled_exception() { error = std::current_exception(); }
  };

  Walk() = default;
  Walk(Walk&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Walk& operator=(Walk&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Walk() {
    if (handle_) handle_.destroy();
  }

  void start() { handle_.resume(); }
  [[nodiscard]] bool done() const { return handle_ && handle_.done(); }
  T result() {
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    return std::move(*handle_.promise().value);
  }

  // co_await: runs it as a part of the awaiting coroutine.
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
    handle_.promise().parent = parent;
    return handle_;
  }
  T await_resume() { return result(); }

 private:
  explicit Walk(Handle handle) : handle_(handle) {}
  Handle handle_;
};

}  // namespace stargate::aws
