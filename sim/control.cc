#include "sim/control.h"

#include "codec/json.h"
#include "sim/bedrock.h"

namespace stargate::sim {
namespace {

ControlAnswer problem(int status, std::string_view message) {
  return {.status = status, .body = "{\"message\":" + codec::json::quoted(message) + "}"};
}

ControlAnswer add_faults(World& world, std::string_view body) {
  const auto document = codec::json::Document::parse_copy(body);
  if (!document) return problem(400, document.error().message);
  const auto rules = world.faults.add(document->root());
  if (!rules) return problem(400, rules.error().message);
  return {.status = 200, .body = "{\"rules\":" + std::to_string(*rules) + "}"};
}

ControlAnswer clear(World& world, std::string_view path) {
  const bool all = path == "/_sim/";
  bool known = all;
  const auto named = [&](std::string_view name) {
    const bool meant = all || path == name;
    known = known || meant;
    return meant;
  };
  if (named("/_sim/faults")) world.faults.clear();
  if (named("/_sim/bill")) world.bill.clear();
  if (named("/_sim/requests")) world.recorder.clear();
  if (named("/_sim/cache")) world.cache.clear();
  return known ? ControlAnswer{.status = 200, .body = "{}"} : problem(404, "unknown path");
}

}  // namespace

ControlAnswer control(World& world, const codec::http1::RequestHead& head, std::string_view body) {
  const std::string_view path = head.path();
  if (head.method == "DELETE") return clear(world, path);
  if (head.method == "POST" && path == "/_sim/faults") return add_faults(world, body);
  if (head.method != "GET") return problem(405, "method not allowed");
  if (path == "/_sim/health") return {.status = 200, .body = "{\"status\":\"ok\"}"};
  if (path == "/_sim/bill") return {.status = 200, .body = world.bill.json()};
  if (path == "/_sim/requests") return {.status = 200, .body = world.recorder.json()};
  return problem(404, "unknown path");
}

}  // namespace stargate::sim
