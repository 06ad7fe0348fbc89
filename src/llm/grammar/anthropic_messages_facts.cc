#include "llm/grammar/anthropic_messages_facts.h"

#include <utility>

#include "llm/binding/sources.h"
#include "llm/estimate.h"

namespace stargate::llm {

namespace json = codec::json;

namespace {

// Members that the gateway acts on: of two with one name, readers disagree which one counts.
const std::vector<std::string_view>& controlled_members() {
  static const std::vector<std::string_view> kNames = {
      "model",       "stream",   "messages",       "max_tokens", "anthropic_version",  "anthropic_beta", "betas",
      "system",      "tools",    "tool_choice",    "thinking",   "output_config",      "metadata",       "temperature",
      "top_p",       "top_k",    "stop_sequences", "safeguards", "context_management", "service_tier",   "container",
      "mcp_servers", "fallbacks"};
  return kNames;
}

Failure bad(std::string_view member, std::string_view what) {
  return base::client_error(ErrorCode::kBadRequest, std::string(member) + ": " + std::string(what),
                            std::string(member));
}

Result<void> read_scalars(json::Value root, Facts& facts) {
  const auto model = root.find("model");
  if (!model) return bad("model", "Field required");
  if (!model->is_string()) return bad("model", "Input should be a valid string");
  facts.model = model->text();
  if (facts.model.empty()) return bad("model", "String should have at least 1 character");

  if (const auto stream = root.find("stream"); stream && !stream->is_null()) {
    const auto flag = stream->as_bool();
    if (!flag) return bad("stream", "Input should be a valid boolean");
    facts.stream = *flag;
  }
  if (const auto max_tokens = root.find("max_tokens")) {
    const auto asked = max_tokens->as_int();
    if (!asked) return bad("max_tokens", "Input should be a valid integer");
    if (*asked < 0) return bad("max_tokens", "must be greater than or equal to 0");
    facts.max_tokens = *asked;
  }
  return {};
}

Result<void> check_messages(json::Value root) {
  const auto messages = root.find("messages");
  if (!messages) return bad("messages", "Field required");
  if (!messages->is_array()) return bad("messages", "Input should be a valid list");
  if (messages->size() == 0) return bad("messages", "at least one message is required");
  std::size_t position = 0;
  for (const json::Value message : messages->elements()) {
    const std::string place = "messages." + std::to_string(position++);
    if (!message.is_object()) return bad(place, "Input should be a valid dictionary");
    const auto role = message.find("role");
    if (!role) return bad(place + ".role", "Field required");
    if (!role->is_string()) return bad(place + ".role", "Input should be a valid string");
    if (!role->equals("user") && !role->equals("assistant") && !role->equals("system")) {
      return bad(place + ".role", "Input should be 'user' or 'assistant'");
    }
  }
  return {};
}

// Claude Code sends {"device_id":..,"account_uuid":..,"session_id":..} as a string; older versions
// "user_<hash>_account_<id>_session_<uuid>". Read leniently: this is a label, not an identity.
void read_user(json::Value root, Facts& facts) {
  const auto metadata = root.find("metadata");
  const auto user_id = metadata ? metadata->find("user_id") : std::nullopt;
  if (!user_id || !user_id->is_string()) return;
  facts.end_user = user_id->text();
  if (facts.end_user.starts_with('{')) {
    if (const auto inner = json::Document::parse_copy(facts.end_user)) {
      facts.session_id = inner->root().text_at("session_id");
    }
  } else if (const auto at = facts.end_user.find("_session_"); at != std::string::npos) {
    facts.session_id = facts.end_user.substr(at + 9);
  }
}

}  // namespace

Result<Facts> read_messages_facts(const json::Document& body) {
  const json::Value root = body.root();
  if (!root.is_object()) {
    return base::client_error(ErrorCode::kBadRequest, "the request body is not a JSON object");
  }
  if (const std::string twice = json::duplicate_key(root, controlled_members()); !twice.empty()) {
    return bad(twice, "stands twice in the body");
  }
  Facts facts;
  if (auto done = read_scalars(root, facts); !done) return std::unexpected(done.error());
  if (auto done = check_messages(root); !done) return std::unexpected(done.error());
  read_user(root, facts);
  auto urls = binding::list_source_urls(body);
  if (!urls) return std::unexpected(urls.error());
  facts.urls = std::move(*urls);
  facts.input_tokens_estimate = estimate_input_tokens(body);
  return facts;
}

}  // namespace stargate::llm
