// Messages with role "system" inside `messages`, for models that know only user and assistant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm::binding {

// Rewrites `body` so that role:"system" messages become text of the adjacent user turn, each text as
// "<system-reminder>\n...\n</system-reminder>": the form in which Claude Code itself sends it to such models. Never
// hoisted into `system`, which would change the cached prefix. The result is the same whether the content was a string
// or an array of text blocks, but for `cache_control`, which is kept. User turns that become neighbours are one turn.
// `all` false: only messages in front of the first other one, which no model takes. Nothing to fold: nullopt. The text
// has room for base::kJsonPadding more bytes.
std::optional<std::string> fold_system_messages(const codec::json::Document& body, bool all, std::vector<Loss>& losses);

}  // namespace stargate::llm::binding
