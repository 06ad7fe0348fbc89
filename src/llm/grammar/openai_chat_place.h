// Where in a Chat Completions body something stands, in the words that its errors use ("messages.0.content.1").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::llm::grammar {

// Cheap to pass along; text() is only called for errors.
struct Place {
  std::size_t message = 0;
  std::optional<std::size_t> part = std::nullopt;  // of the content list
  std::string_view member = "content";
  [[nodiscard]] std::string text() const {
    std::string out = "messages." + std::to_string(message);
    if (!member.empty()) out.append(".").append(member);
    if (part) out.append(".").append(std::to_string(*part));
    return out;
  }
};

// 400 "<where>: <what>", with <where> as the error's param.
inline Failure bad_member(std::string where, std::string_view what) {
  std::string message = where + ": ";
  message.append(what);
  return base::client_error(ErrorCode::kBadRequest, std::move(message), std::move(where));
}

}  // namespace stargate::llm::grammar
