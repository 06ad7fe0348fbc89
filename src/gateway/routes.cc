#include "gateway/routes.h"

#include <array>

#include "codec/uri.h"

namespace stargate::gateway {

namespace {

enum class Speaks : std::uint8_t { kChat, kMessages, kEither };

struct Row {
  std::string_view pattern;  // a trailing "{id}" matches a rest without end
  std::string_view methods;  // as an Allow field
  Endpoint endpoint;
  Speaks speaks;
  bool needs_key;
};

constexpr std::array kRows = {
    Row{"/v1/chat/completions", "POST", Endpoint::kInference, Speaks::kChat, true},
    Row{"/chat/completions", "POST", Endpoint::kInference, Speaks::kChat, true},
    Row{"/v1/messages", "POST", Endpoint::kInference, Speaks::kMessages, true},
    Row{"/messages", "POST", Endpoint::kInference, Speaks::kMessages, true},
    Row{"/v1/messages/count_tokens", "POST", Endpoint::kCountTokens, Speaks::kMessages, true},
    Row{"/messages/count_tokens", "POST", Endpoint::kCountTokens, Speaks::kMessages, true},
    Row{"/v1/models", "GET, HEAD", Endpoint::kModels, Speaks::kEither, true},
    Row{"/models", "GET, HEAD", Endpoint::kModels, Speaks::kEither, true},
    Row{"/v1/models/{id}", "GET, HEAD", Endpoint::kModel, Speaks::kEither, true},
    Row{"/models/{id}", "GET, HEAD", Endpoint::kModel, Speaks::kEither, true},
    Row{"/health", "GET, HEAD", Endpoint::kHealth, Speaks::kChat, true},
    Row{"/health/liveliness", "GET, HEAD, OPTIONS", Endpoint::kLiveness, Speaks::kChat, false},
    Row{"/health/liveness", "GET, HEAD, OPTIONS", Endpoint::kLiveness, Speaks::kChat, false},
    Row{"/health/readiness", "GET, HEAD, OPTIONS", Endpoint::kReadiness, Speaks::kChat, false},
    Row{"/", "GET, HEAD", Endpoint::kHello, Speaks::kChat, false},
    Row{"/api/hello", "GET, HEAD", Endpoint::kHello, Speaks::kMessages, false},
    Row{"/api/event_logging/{id}", "POST", Endpoint::kEventSink, Speaks::kMessages, false},
};

constexpr std::string_view kIdSuffix = "{id}";
constexpr std::string_view kAnthropicPrefix = "/anthropic";

bool matches(const Row& row, std::string_view path, std::string& rest) {
  if (!row.pattern.ends_with(kIdSuffix)) return path == row.pattern;
  const std::string_view prefix = row.pattern.substr(0, row.pattern.size() - kIdSuffix.size());
  if (!path.starts_with(prefix) || path.size() == prefix.size()) return false;
  rest = codec::percent_decode(path.substr(prefix.size()));
  return true;
}

bool lists(std::string_view methods, std::string_view method) {
  while (!methods.empty()) {
    const std::size_t comma = methods.find(", ");
    if (methods.substr(0, comma) == method) return true;
    if (comma == std::string_view::npos) break;
    methods.remove_prefix(comma + 2);
  }
  return false;
}

}  // namespace

RouteMatch find_route(std::string_view method, std::string_view path, bool speaks_anthropic) {
  bool under_anthropic = false;
  if (path == kAnthropicPrefix || (path.starts_with(kAnthropicPrefix) && path[kAnthropicPrefix.size()] == '/')) {
    path.remove_prefix(kAnthropicPrefix.size());
    if (path.empty()) path = "/";
    under_anthropic = true;
  }
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);

  RouteMatch match;
  const bool messages_path = path.find("/messages") != std::string_view::npos;
  match.dialect = speaks_anthropic || under_anthropic || messages_path ? llm::Dialect::kAnthropicMessages
                                                                       : llm::Dialect::kOpenAiChat;
  for (const Row& row : kRows) {
    std::string rest;
    if (!matches(row, path, rest)) continue;
    if (row.speaks == Speaks::kChat) match.dialect = llm::Dialect::kOpenAiChat;
    if (row.speaks == Speaks::kMessages) match.dialect = llm::Dialect::kAnthropicMessages;
    if (!lists(row.methods, method)) {
      match.allow = row.methods;
      return match;
    }
    match.route = Route{row.endpoint, match.dialect, row.pattern, std::move(rest), row.needs_key};
    return match;
  }
  return match;
}

}  // namespace stargate::gateway
