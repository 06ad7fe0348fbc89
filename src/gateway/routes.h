// The public listener's paths. One table; a path that is not in it is a 404, a method that is not is a 405.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "llm/dialect.h"

namespace stargate::gateway {

enum class Endpoint : std::uint8_t {
  kInference,    // POST .../chat/completions, .../messages
  kCountTokens,  // POST .../messages/count_tokens
  kModels,       // GET /v1/models
  kModel,        // GET /v1/models/{id}
  kHealth,       // GET /health: probes the upstreams
  kLiveness,
  kReadiness,
  kHello,      // HEAD|GET / and /api/hello: Claude Code's start-up probe
  kEventSink,  // POST /api/event_logging/batch: Claude Code's telemetry, taken and dropped
};

struct Route {
  Endpoint endpoint = Endpoint::kHello;
  llm::Dialect dialect = llm::Dialect::kOpenAiChat;  // the language errors are told in
  std::string_view pattern;                          // for logs: "/v1/models/{id}"
  std::string rest;                                  // what {id} stands for, percent-decoded
  bool needs_key = true;
};

struct RouteMatch {
  std::optional<Route> route;                        // set: serve it
  std::string_view allow;                            // set without a route: the path exists, these methods do (405)
  llm::Dialect dialect = llm::Dialect::kOpenAiChat;  // of the path, for the error's form
};

// `speaks_anthropic`: the client sent anthropic-version, which decides the dialect of paths that both APIs have.
RouteMatch find_route(std::string_view method, std::string_view path, bool speaks_anthropic);

}  // namespace stargate::gateway
