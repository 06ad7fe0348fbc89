#include "llm/ir/request.h"

#include <algorithm>

namespace stargate::llm::ir {

void Request::lose(std::string what, std::string action) {
  const auto same = [&](const Loss& loss) { return loss.what == what && loss.action == action; };
  if (losses.size() >= kLossesMax || std::ranges::any_of(losses, same)) return;
  losses.push_back({.what = std::move(what), .action = std::move(action)});
}

}  // namespace stargate::llm::ir
