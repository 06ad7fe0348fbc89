#include "llm/grammar/anthropic_event.h"

#include <algorithm>
#include <charconv>

namespace stargate::llm {

namespace json = codec::json;

namespace {

void raise(json::Value object, std::string_view name, std::int64_t& figure) {
  const auto value = object.find(name);
  const auto number = value ? value->as_int() : std::nullopt;
  if (number) figure = std::max(figure, *number);
}

ErrorCode code_of(std::string_view type) {
  struct Known {
    std::string_view type;
    ErrorCode code;
  };
  static constexpr Known kKnown[] = {
      {"invalid_request_error", ErrorCode::kBadRequest}, {"authentication_error", ErrorCode::kBadGateway},
      {"permission_error", ErrorCode::kForbidden},       {"not_found_error", ErrorCode::kNotFound},
      {"request_too_large", ErrorCode::kTooLarge},       {"rate_limit_error", ErrorCode::kRateLimited},
      {"timeout_error", ErrorCode::kGatewayTimeout},     {"overloaded_error", ErrorCode::kOverloaded},
  };
  for (const Known& known : kKnown) {
    if (known.type == type) return known.code;
  }
  return ErrorCode::kBadGateway;
}

}  // namespace

std::string_view leading_type(std::string_view payload) {
  static constexpr std::string_view kPrefix = R"({"type":")";
  if (!payload.starts_with(kPrefix)) return {};
  payload.remove_prefix(kPrefix.size());
  const auto quote = payload.find('"');
  if (quote == std::string_view::npos) return {};
  const std::string_view type = payload.substr(0, quote);
  return type.find('\\') == std::string_view::npos ? type : std::string_view();
}

std::optional<PlainTextDelta> plain_text_delta(std::string_view payload) {
  static constexpr std::string_view kBefore = R"({"type":"content_block_delta","index":)";
  static constexpr std::string_view kBetween = R"(,"delta":{"type":"text_delta","text":")";
  static constexpr std::string_view kAfter = "\"}}";
  if (!payload.starts_with(kBefore) || !payload.ends_with(kAfter)) return std::nullopt;
  payload.remove_prefix(kBefore.size());
  PlainTextDelta delta;
  const auto number = std::from_chars(payload.data(), payload.data() + payload.size(), delta.index);
  const auto digits = static_cast<std::size_t>(number.ptr - payload.data());
  const bool whole = number.ec == std::errc{} && (digits == 1 || (payload.front() != '0' && payload.front() != '-'));
  payload.remove_prefix(digits);
  if (!whole || !payload.starts_with(kBetween) || payload.size() < kBetween.size() + kAfter.size()) return std::nullopt;
  delta.text = payload.substr(kBetween.size(), payload.size() - kBetween.size() - kAfter.size());
  if (!json::is_string_inside(delta.text)) return std::nullopt;
  return delta;
}

void merge_usage(json::Value usage, Usage& into) {
  if (!usage.is_object()) return;
  into.seen = true;
  raise(usage, "input_tokens", into.input_tokens);
  raise(usage, "output_tokens", into.output_tokens);
  raise(usage, "cache_read_input_tokens", into.cache_read_tokens);
  raise(usage, "cache_creation_input_tokens", into.cache_write_tokens);
  if (const auto split = usage.find("cache_creation")) {
    raise(*split, "ephemeral_5m_input_tokens", into.cache_write_5m_tokens);
    raise(*split, "ephemeral_1h_input_tokens", into.cache_write_1h_tokens);
  }
  if (const auto details = usage.find("output_tokens_details")) {
    raise(*details, "thinking_tokens", into.reasoning_tokens);
  }
}

void merge_invocation_metrics(json::Value metrics, Usage& into) {
  if (!metrics.is_object()) return;
  into.seen = true;
  raise(metrics, "inputTokenCount", into.input_tokens);
  raise(metrics, "outputTokenCount", into.output_tokens);
  raise(metrics, "cacheReadInputTokenCount", into.cache_read_tokens);
  raise(metrics, "cacheWriteInputTokenCount", into.cache_write_tokens);
}

Error error_of_event(json::Value root) {
  const auto inner = root.find("error");
  const std::string type = inner ? inner->text_at("type") : std::string();
  std::string message = inner ? inner->text_at("message") : std::string();
  if (message.empty()) message = "the upstream ended the answer with an error";
  const ErrorCode code = code_of(type);
  Error error = base::upstream_error(code, std::move(message)).error();
  error.type = type;
  const bool again = code == ErrorCode::kOverloaded || code == ErrorCode::kRateLimited || type == "api_error";
  error.retry = again ? Retry::kYes : Retry::kNo;
  return error;
}

}  // namespace stargate::llm
