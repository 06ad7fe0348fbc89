#include "llm/grammar/errors.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

namespace json = codec::json;

namespace {

constexpr int kRetryAfterDefault_s = 5;  // AWS names no time; Claude Code gives up where it is over 60
constexpr int kStatusOverloaded = 529;

// Types of Anthropic's API: an Error may name one of them itself ("billing_error").
constexpr std::array<std::string_view, 11> kAnthropicTypes = {
    "invalid_request_error", "authentication_error", "billing_error",    "permission_error", "not_found_error",
    "conflict_error",        "request_too_large",    "rate_limit_error", "api_error",        "timeout_error",
    "overloaded_error"};

bool own_anthropic_type(std::string_view type) {
  return std::ranges::find(kAnthropicTypes, type) != kAnthropicTypes.end();
}

std::string_view anthropic_type(const Error& error) {
  if (own_anthropic_type(error.type)) return error.type;
  switch (error.code) {
    case ErrorCode::kBadRequest:
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kUnsupportedMedia:
    case ErrorCode::kUnprocessable:
    case ErrorCode::kHeadersTooLarge: return "invalid_request_error";
    case ErrorCode::kUnauthorized: return "authentication_error";
    case ErrorCode::kForbidden: return "permission_error";
    case ErrorCode::kNotFound: return "not_found_error";
    case ErrorCode::kConflict: return "conflict_error";
    case ErrorCode::kTooLarge: return "request_too_large";
    case ErrorCode::kRateLimited: return "rate_limit_error";
    case ErrorCode::kRequestTimeout:
    case ErrorCode::kGatewayTimeout: return "timeout_error";
    case ErrorCode::kOverloaded: return "overloaded_error";
    default: return "api_error";
  }
}

std::string_view openai_type(const Error& error) {
  if (error.source != base::ErrorSource::kUpstream && !error.type.empty() && !own_anthropic_type(error.type)) {
    return error.type;  // "key_model_access_denied", "budget_exceeded"
  }
  switch (error.code) {
    case ErrorCode::kUnauthorized: return "auth_error";
    case ErrorCode::kForbidden: return "permission_denied_error";
    case ErrorCode::kNotFound: return "not_found_error";
    case ErrorCode::kRateLimited:
      return error.source == base::ErrorSource::kUpstream ? "throttling_error" : "rate_limit_error";
    case ErrorCode::kRequestTimeout:
    case ErrorCode::kGatewayTimeout: return "timeout_error";
    case ErrorCode::kUnavailable:
    case ErrorCode::kOverloaded: return "service_unavailable_error";
    case ErrorCode::kNotImplemented: return "not_implemented_error";
    default: return base::http_status(error.code) < 500 ? "invalid_request_error" : "internal_server_error";
  }
}

int status_of(Dialect dialect, const Error& error) {
  const int status = base::http_status(error.code);
  return dialect == Dialect::kOpenAiChat && status == kStatusOverloaded ? 503 : status;
}

std::string_view generic_sentence(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadGateway:
    case ErrorCode::kClosed: return "The upstream could not be reached or gave no usable answer.";
    case ErrorCode::kGatewayTimeout: return "The upstream did not answer in time.";
    case ErrorCode::kUnavailable: return "The gateway is not ready.";
    case ErrorCode::kOverloaded: return "The gateway is overloaded.";
    case ErrorCode::kNotImplemented: return "This is not supported here.";
    default: return "An internal error happened in the gateway.";
  }
}

}  // namespace

std::string public_message(const Error& error, std::string_view request_id) {
  const bool own_words = error.source != base::ErrorSource::kInternal || base::http_status(error.code) < 500;
  if (own_words && !error.message.empty()) return error.message;
  std::string message(generic_sentence(error.code));
  if (!request_id.empty()) message += " Request id: " + std::string(request_id);
  return message;
}

std::string anthropic_error_json(const Error& error, std::string_view request_id) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("type", "error");
  writer.key("error");
  writer.begin_object();
  writer.member("type", anthropic_type(error));
  writer.member("message", public_message(error, request_id));
  writer.end_object();
  if (!request_id.empty()) writer.member("request_id", request_id);
  writer.end_object();
  return out;
}

std::string openai_error_json(const Error& error, std::string_view request_id) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.key("error");
  writer.begin_object();
  writer.member("message", public_message(error, request_id));
  writer.member("type", openai_type(error));
  writer.key("param");
  error.param.empty() ? writer.null() : writer.string(error.param);
  writer.member("code", std::to_string(status_of(Dialect::kOpenAiChat, error)));
  writer.end_object();
  writer.end_object();
  return out;
}

RenderedError render_error(Dialect dialect, const Error& error, std::string_view request_id) {
  RenderedError rendered;
  rendered.status = status_of(dialect, error);
  rendered.headers.add("Content-Type", "application/json");
  const bool messages = dialect == Dialect::kAnthropicMessages;
  rendered.body = messages ? anthropic_error_json(error, request_id) : openai_error_json(error, request_id);
  if (messages && !request_id.empty()) rendered.headers.add("request-id", std::string(request_id));
  switch (error.code) {
    // Claude Code asks eleven times over three minutes after a plain 401.
    case ErrorCode::kUnauthorized:
    case ErrorCode::kForbidden:
    case ErrorCode::kNotImplemented: rendered.headers.add("x-should-retry", "false"); break;
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable:
    case ErrorCode::kOverloaded: {
      // A quota per day: asking again in five seconds only spends the client's patience.
      if (error.code == ErrorCode::kRateLimited && error.source == base::ErrorSource::kUpstream &&
          error.retry == base::Retry::kNo) {
        rendered.headers.add("x-should-retry", "false");
        if (error.retry_after_s > 0) rendered.headers.add("retry-after", std::to_string(error.retry_after_s));
        break;
      }
      const int wait_s = error.retry_after_s > 0 ? error.retry_after_s : kRetryAfterDefault_s;
      rendered.headers.add("retry-after", std::to_string(wait_s));
      if (error.type == "billing_error") rendered.headers.add("x-should-retry", "false");
      break;
    }
    default: break;
  }
  return rendered;
}

}  // namespace stargate::llm
