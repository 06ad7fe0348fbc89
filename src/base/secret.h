// A string that must not be shown: keys, tokens, AWS secrets. It has no formatter and no stream operator; the one
// way to its text is reveal(), which is easy to find in review. Wiped when destroyed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace stargate::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret();

  [[nodiscard]] std::string_view reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

// Compares without an early exit; the time depends on the lengths alone.
bool constant_time_equal(std::string_view left, std::string_view right);

}  // namespace stargate::base

namespace stargate {
using base::Secret;
}  // namespace stargate
