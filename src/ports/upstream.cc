#include "ports/upstream.h"

#include <utility>

namespace stargate::ports {

Task<Result<WholeAnswer>> fetch_whole(Upstream& upstream, UpstreamRequest request, std::size_t bytes_max,
                                      Cancel& cancel) {
  const Duration patience = request.deadlines.total;
  auto started = co_await upstream.start(std::move(request), cancel);
  if (!started) co_return std::unexpected(std::move(started.error()));
  UpstreamExchange& exchange = **started;
  for (;;) {
    auto there = co_await exchange.wait_head(patience);
    if (!there) co_return std::unexpected(std::move(there.error()));
    if (*there) break;
  }
  WholeAnswer answer;
  answer.head = exchange.head();
  for (;;) {
    auto piece = co_await exchange.read_some(patience);
    if (!piece) co_return std::unexpected(std::move(piece.error()));
    if (!*piece) continue;
    if ((*piece)->empty()) co_return answer;
    if (answer.body.size() + (*piece)->size() > bytes_max) {
      co_return base::upstream_error(ErrorCode::kBadGateway, "the answer is larger than expected");
    }
    answer.body.append(**piece);
  }
}

}  // namespace stargate::ports
