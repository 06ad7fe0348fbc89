// What the server refuses by itself, a head that cannot be read or came too slowly, in the words of the corridor: the
// path and the headers that could be read choose the dialect, and the log has its line.
#include <utility>

#include "gateway/answer.h"
#include "gateway/gateway.h"
#include "gateway/request_id.h"
#include "gateway/routes.h"

namespace stargate::gateway {

ports::Refusal Gateway::refusal(const codec::http1::RequestHead& head, std::string_view peer, Duration took,
                                const Error& error) {
  const RouteMatch match = find_route(head.method, head.path(), head.headers.has("anthropic-version"));
  const llm::Dialect dialect = match.route ? match.route->dialect : match.dialect;
  ports::RequestRecord record;
  record.request_id = new_request_id(*services_.env);
  record.took = took;
  record.method = head.method;
  if (match.route) record.route = std::string(match.route->pattern);
  record.peer = std::string(peer);
  record.error = std::string(base::name_of(error.code));
  record.error_message = error.message;

  llm::RenderedError rendered = llm::render_error(dialect, error, record.request_id);
  record.status = rendered.status;
  ports::Refusal refusal;
  refusal.head.status = rendered.status;
  refusal.head.headers = std::move(rendered.headers);
  refusal.body = std::move(rendered.body);
  const std::string call_id = call_id_for(head.headers.get("x-litellm-call-id"), *services_.env);
  add_first_headers(refusal.head.headers, head, dialect, record.request_id, call_id);
  services_.events->record(record);
  return refusal;
}

}  // namespace stargate::gateway
