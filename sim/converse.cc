#include "sim/converse.h"

#include <optional>
#include <string_view>

#include "sim/models.h"

namespace stargate::sim {
namespace {

using codec::json::Value;
using codec::json::Writer;

constexpr std::int64_t kMaxTokensDefault = 4096;

std::string around(std::string_view before, std::string_view text, std::string_view after) {
  return std::string(before).append(codec::json::quoted(text)).append(after);
}

// Turns one list of Converse blocks into Anthropic blocks. A cachePoint marks the block before it.
class Blocks {
 public:
  Result<void> add(Value block) {
    if (!block.is_object() || block.size() != 1) {
      return validation("The content block must hold exactly one member.");
    }
    const auto member = *block.members().begin();
    const std::string kind = member.key().text();
    const Value value = member.value();
    if (kind == "cachePoint") return mark(value);
    if (kind == "text") return push(around("{\"type\":\"text\",\"text\":", value.text(), "}"));
    if (kind == "image" || kind == "document") return add_file(kind, value);
    if (kind == "toolUse") return add_tool_use(value);
    if (kind == "toolResult") return add_tool_result(value);
    if (kind == "reasoningContent") return add_reasoning(value);
    if (kind == "json") return push(around("{\"type\":\"text\",\"text\":", value.raw(), "}"));
    return validation("The content block \"" + kind + "\" is not supported by this model.");
  }

  Result<void> push(std::string json) {
    items_.push_back(std::move(json));
    return {};
  }

  Result<void> mark(Value point) {
    if (items_.empty()) return validation("A cachePoint must stand behind the content that is to be cached.");
    std::string& last = items_.back();
    last.pop_back();
    last.append(",\"cache_control\":{\"type\":\"ephemeral\"");
    const std::string ttl = point.text_at("ttl");
    if (!ttl.empty()) last.append(around(",\"ttl\":", ttl, ""));
    last.append("}}");
    return {};
  }

  [[nodiscard]] std::string array() const {
    std::string json = "[";
    for (const std::string& item : items_) {
      if (json.size() > 1) json.push_back(',');
      json.append(item);
    }
    return json.append("]");
  }

 private:
  Result<void> add_file(std::string_view kind, Value file) {
    const auto source = file.find("source");
    const std::string format = file.text_at("format");
    std::string media_type = kind == "image" ? "image/" + format : "application/pdf";
    const std::string text = source ? source->text_at("text") : "";
    if (kind == "document" && !text.empty()) {
      return push(around(
          "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":", text, "}}"));
    }
    std::string json = "{\"type\":\"" + std::string(kind) + "\",\"source\":{\"type\":\"base64\",\"media_type\":";
    json.append(codec::json::quoted(media_type));
    return push(json.append(around(",\"data\":", source ? source->text_at("bytes") : "", "}}")));
  }

  Result<void> add_tool_use(Value call) {
    const auto input = call.find("input");
    std::string json = around("{\"type\":\"tool_use\",\"id\":", call.text_at("toolUseId"), ",\"name\":");
    json.append(codec::json::quoted(call.text_at("name")));
    return push(json.append(",\"input\":").append(input ? input->raw() : "{}").append("}"));
  }

  Result<void> add_tool_result(Value result) {
    Blocks inner;
    if (const auto content = result.find("content")) {
      for (const Value block : content->elements()) {
        if (auto fine = inner.add(block); !fine) return fine;
      }
    }
    std::string json =
        around("{\"type\":\"tool_result\",\"tool_use_id\":", result.text_at("toolUseId"), ",\"content\":");
    json.append(inner.array());
    if (result.text_at("status") == "error") json.append(",\"is_error\":true");
    return push(json.append("}"));
  }

  Result<void> add_reasoning(Value reasoning) {
    const auto text = reasoning.find("reasoningText");
    if (!text) {
      return push(around("{\"type\":\"redacted_thinking\",\"data\":", reasoning.text_at("redactedContent"), "}"));
    }
    std::string json = around("{\"type\":\"thinking\",\"thinking\":", text->text_at("text"), ",\"signature\":");
    return push(json.append(codec::json::quoted(text->text_at("signature"))).append("}"));
  }

  std::vector<std::string> items_;
};

Result<std::string> content_of(Value list) {
  Blocks blocks;
  for (const Value block : list.elements()) {
    if (auto fine = blocks.add(block); !fine) return std::unexpected(std::move(fine.error()));
  }
  return blocks.array();
}

Result<void> write_messages(Writer& writer, Value request) {
  writer.key("messages");
  writer.begin_array();
  const auto messages = request.find("messages");
  for (const Value message : messages ? messages->elements() : request.elements()) {
    const auto content = message.find("content");
    if (!content) return validation("The content of a message must not be null.");
    auto blocks = content_of(*content);
    if (!blocks) return std::unexpected(std::move(blocks.error()));
    writer.begin_object();
    writer.member("role", message.text_at("role"));
    writer.member_raw("content", *blocks);
    writer.end_object();
  }
  writer.end_array();
  return {};
}

std::string tool_choice(Value choice) {
  if (const auto tool = choice.find("tool")) return around("{\"type\":\"tool\",\"name\":", tool->text_at("name"), "}");
  return choice.find("any") ? "{\"type\":\"any\"}" : "{\"type\":\"auto\"}";
}

Result<void> write_tools(Writer& writer, Value config) {
  Blocks blocks;
  const auto tools = config.find("tools");
  if (!tools || tools->size() == 0) {
    return validation(
        "1 validation error detected: Value at 'toolConfig.tools' failed to satisfy constraint: Member "
        "must have length greater than or equal to 1");
  }
  for (const Value tool : tools->elements()) {
    if (const auto point = tool.find("cachePoint")) {
      if (auto fine = blocks.mark(*point); !fine) return fine;
      continue;
    }
    const auto spec = tool.find("toolSpec");
    if (!spec) continue;
    const auto schema = spec->find("inputSchema");
    const auto json_schema = schema ? schema->find("json") : std::nullopt;
    std::string json = around("{\"name\":", spec->text_at("name"), "");
    if (spec->find("description")) json.append(around(",\"description\":", spec->text_at("description"), ""));
    if (const auto strict = spec->find("strict")) json.append(",\"strict\":").append(strict->raw());
    json.append(",\"input_schema\":").append(json_schema ? json_schema->raw() : "{}").append("}");
    if (auto fine = blocks.push(std::move(json)); !fine) return fine;
  }
  writer.member_raw("tools", blocks.array());
  if (const auto choice = config.find("toolChoice")) writer.member_raw("tool_choice", tool_choice(*choice));
  return {};
}

void write_inference(Writer& writer, Value request) {
  const auto config = request.find("inferenceConfig");
  const auto limit = config ? config->find("maxTokens") : std::nullopt;
  writer.member_raw("max_tokens", limit ? std::string(limit->raw()) : std::to_string(kMaxTokensDefault));
  if (!config) return;
  if (const auto value = config->find("temperature")) writer.member_raw("temperature", value->raw());
  if (const auto value = config->find("topP")) writer.member_raw("top_p", value->raw());
  if (const auto value = config->find("stopSequences")) writer.member_raw("stop_sequences", value->raw());
}

// outputConfig and additionalModelRequestFields.output_config may both speak; the latter wins.
void write_output_config(Writer& writer, Value config) {
  const auto format = config.find("textFormat");
  const auto structure = format ? format->find("structure") : std::nullopt;
  const auto schema = structure ? structure->find("jsonSchema") : std::nullopt;
  const std::string effort = config.text_at("effort");
  if (!schema && effort.empty()) return;
  writer.key("output_config");
  writer.begin_object();
  if (!effort.empty()) writer.member("effort", effort);
  if (schema) {
    writer.key("format");
    writer.begin_object();
    writer.member("type", "json_schema");
    writer.member_raw("schema", schema->text_at("schema"));
    writer.end_object();
  }
  writer.end_object();
}

}  // namespace

Result<std::string> messages_from_converse(Value request) {
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.member("anthropic_version", "bedrock-2023-05-31");
  const auto extra = request.find("additionalModelRequestFields");
  if (extra) {
    for (const auto member : extra->members()) writer.member_raw(member.key().text(), member.value().raw());
  }
  write_inference(writer, request);
  if (const auto system = request.find("system")) {
    auto blocks = content_of(*system);
    if (!blocks) return std::unexpected(std::move(blocks.error()));
    writer.member_raw("system", *blocks);
  }
  if (auto fine = write_messages(writer, request); !fine) return std::unexpected(std::move(fine.error()));
  if (const auto tools = request.find("toolConfig")) {
    if (auto fine = write_tools(writer, *tools); !fine) return std::unexpected(std::move(fine.error()));
  }
  if (const auto config = request.find("outputConfig")) {
    if (!extra || !extra->find("output_config")) write_output_config(writer, *config);
  }
  writer.end_object();
  return json;
}

}  // namespace stargate::sim
