#include "llm/grammar/openai_chat_facts.h"

#include <algorithm>
#include <string_view>

#include "llm/estimate.h"
#include "llm/grammar/openai_chat_members.h"
#include "llm/grammar/openai_chat_place.h"

namespace stargate::llm::grammar {
namespace {

using codec::json::Value;

bool is_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

Result<void> collect_url(Value part, const Place& place, std::vector<std::string>& urls) {
  const auto reference = file_reference(part);
  // A data URI may be megabytes long and holds no escape before its comma: look at the head before unescaping.
  if (!reference || reference->escaped().starts_with("data:")) return {};
  std::string text = reference->text();
  if (text.starts_with("http://")) {
    return bad_member(place.text(), "only https URLs are fetched; use https or send the file as a data URI");
  }
  if (!is_url(text) || std::ranges::find(urls, text) != urls.end()) return {};
  if (urls.size() == kUrlsMax) {
    return bad_member(place.text(), "more than " + std::to_string(kUrlsMax) + " files are named by URL");
  }
  urls.push_back(std::move(text));
  return {};
}

Result<void> collect_urls(Value messages, std::vector<std::string>& urls) {
  std::size_t message_index = 0;
  for (const Value message : messages.elements()) {
    const auto content = message.find("content");
    std::size_t part_index = 0;
    if (content && content->is_array()) {
      for (const Value part : content->elements()) {
        const auto collected = collect_url(part, {.message = message_index, .part = part_index}, urls);
        if (!collected) return Failure(collected.error());
        ++part_index;
      }
    }
    ++message_index;
  }
  return {};
}

Result<void> read_max_tokens(Value root, Facts& facts) {
  for (const std::string_view name : {"max_completion_tokens", "max_tokens"}) {
    const auto value = root.find(name);
    if (!value || value->is_null()) continue;
    const auto number = value->as_int();
    if (!number || *number < 1) return bad_member(std::string(name), "must be a whole number of at least 1");
    if (!facts.max_tokens) facts.max_tokens = *number;
  }
  return {};
}

Result<void> read_stream(Value root, Facts& facts) {
  if (const auto stream = root.find("stream"); stream && !stream->is_null()) {
    if (!stream->is_bool()) return bad_member("stream", "must be true or false");
    facts.stream = stream->as_bool().value_or(false);
  }
  const auto options = root.find("stream_options");
  if (!options || options->is_null()) return {};
  if (!options->is_object()) return bad_member("stream_options", "must be an object");
  if (const auto usage = options->find("include_usage"); usage && !usage->is_null()) {
    if (!usage->is_bool()) return bad_member("stream_options.include_usage", "must be true or false");
    facts.include_usage = usage->as_bool().value_or(false);
  }
  return {};
}

Result<void> read_model(Value root, Facts& facts) {
  const auto model = root.find("model");
  if (!model) return bad_member("model", "is required");
  if (!model->is_string() || model->escaped().empty()) return bad_member("model", "must be a non-empty string");
  facts.model = model->text();
  return {};
}

Result<void> check_messages(Value root) {
  const auto messages = root.find("messages");
  if (!messages) {
    if (root.find("input")) {
      return bad_member("messages",
                        "is required: this body has `input` and looks like a Responses API request; send it in Chat "
                        "Completions form with `messages`");
    }
    return bad_member("messages", "is required");
  }
  if (!messages->is_array()) return bad_member("messages", "must be a list");
  if (messages->size() == 0) return bad_member("messages", "must hold at least one message");
  return {};
}

}  // namespace

std::optional<Value> file_reference(Value part) {
  const auto type = part.find("type");
  if (!type) return std::nullopt;
  if (type->equals("image_url")) {
    const auto image = part.find("image_url");
    if (!image || image->is_string()) return image;
    const auto url = image->find("url");
    return url && url->is_string() ? url : std::nullopt;
  }
  if (!type->equals("file")) return std::nullopt;
  const auto file = part.find("file");
  if (!file) return std::nullopt;
  if (const auto data = file->find("file_data"); data && data->is_string()) return data;
  if (const auto id = file->find("file_id"); id && id->is_string() && is_url(id->text())) return id;
  return std::nullopt;
}

Result<Facts> read_chat_facts(const codec::json::Document& body) {
  const Value root = body.root();
  if (!root.is_object()) return base::client_error(ErrorCode::kBadRequest, "the body must be a JSON object");
  if (const std::string_view twice = repeated_member(root); !twice.empty()) {
    return bad_member(std::string(twice), "stands twice in the body");
  }
  Facts facts;
  for (const auto step : {read_model, read_stream, read_max_tokens}) {
    const auto done = step(root, facts);
    if (!done) return Failure(done.error());
  }
  if (const auto checked = check_messages(root); !checked) return Failure(checked.error());
  if (const auto done = collect_urls(*root.find("messages"), facts.urls); !done) return Failure(done.error());
  facts.end_user = root.text_at("user");
  if (facts.end_user.empty()) facts.end_user = root.text_at("safety_identifier");
  facts.session_id = root.text_at("litellm_session_id");
  facts.input_tokens_estimate = estimate_input_tokens(body);
  return facts;
}

}  // namespace stargate::llm::grammar
