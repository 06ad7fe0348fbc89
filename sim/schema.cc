#include "sim/schema.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace stargate::sim {
namespace {

using codec::json::Value;
using codec::json::Writer;

constexpr int kDepthMax = 16;
constexpr std::size_t kItemsMax = 100;
constexpr std::size_t kStringBytesMax = 10'000;

std::int64_t whole_at(Value schema, std::string_view key, std::int64_t otherwise) {
  const auto value = schema.find(key);
  return value ? value->as_int().value_or(otherwise) : otherwise;
}

class Synthesis {
 public:
  Synthesis(Value root, std::string& out) : root_(root), writer_(out) {}

  void write(Value schema, int depth) {
    if (depth > kDepthMax || !schema.is_object()) return writer_.null();
    if (const auto given = given_value(schema)) return writer_.raw(given->raw());
    if (const auto target = reference(schema)) return write(*target, depth + 1);
    for (const std::string_view choice : {"anyOf", "oneOf", "allOf"}) {
      const auto options = schema.find(choice);
      if (options && options->size() > 0) return write(*options->elements().begin(), depth + 1);
    }
    write_type(schema, type_of(schema), depth);
  }

 private:
  static std::optional<Value> given_value(Value schema) {
    if (const auto value = schema.find("const")) return value;
    const auto choices = schema.find("enum");
    if (choices && choices->size() > 0) return *choices->elements().begin();
    return schema.find("default");
  }

  std::optional<Value> reference(Value schema) const {
    const std::string path = schema.text_at("$ref");
    if (!path.starts_with("#/")) return std::nullopt;
    Value place = root_;
    std::string_view rest = std::string_view(path).substr(2);
    while (!rest.empty()) {
      const auto slash = rest.find('/');
      const auto next = place.find(rest.substr(0, slash));
      if (!next) return std::nullopt;
      place = *next;
      rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    }
    return place;
  }

  static std::string type_of(Value schema) {
    const auto type = schema.find("type");
    if (type && type->is_string()) return type->text();
    if (type && type->size() > 0) return (*type->elements().begin()).text();
    if (schema.find("properties")) return "object";
    return schema.find("items") ? "array" : "";
  }

  void write_type(Value schema, const std::string& type, int depth) {
    if (type == "object") return write_object(schema, depth);
    if (type == "array") return write_array(schema, depth);
    if (type == "string") return write_string(schema);
    if (type == "integer" || type == "number") return write_number(schema);
    if (type == "boolean") return writer_.boolean(true);
    if (type == "null") return writer_.null();
    writer_.begin_object();
    writer_.end_object();
  }

  void write_object(Value schema, int depth) {
    writer_.begin_object();
    const auto required = schema.find("required");
    const auto properties = schema.find("properties");
    if (required && properties) {
      for (const Value name : required->elements()) {
        if (!name.is_string()) continue;
        writer_.key(name.text());
        const auto property = properties->find(name.text());
        if (property) {
          write(*property, depth + 1);
        } else {
          writer_.null();
        }
      }
    }
    writer_.end_object();
  }

  void write_array(Value schema, int depth) {
    writer_.begin_array();
    const auto items = schema.find("items");
    const auto count = std::min<std::size_t>(
        static_cast<std::size_t>(std::max<std::int64_t>(0, whole_at(schema, "minItems", 0))), kItemsMax);
    for (std::size_t i = 0; items && i < count; ++i) write(*items, depth + 1);
    writer_.end_array();
  }

  void write_string(Value schema) {
    const std::string format = schema.text_at("format");
    std::string text = "sim";
    if (format == "date-time") text = "2026-01-01T00:00:00Z";
    if (format == "date") text = "2026-01-01";
    if (format == "time") text = "00:00:00Z";
    if (format == "email") text = "sim@example.com";
    if (format == "uri") text = "https://example.com/";
    if (format == "uuid") text = "00000000-0000-4000-8000-000000000000";
    const auto least = static_cast<std::size_t>(std::max<std::int64_t>(0, whole_at(schema, "minLength", 0)));
    if (text.size() < least) text.resize(std::min(least, kStringBytesMax), 'x');
    const auto most = whole_at(schema, "maxLength", -1);
    if (most >= 0 && text.size() > static_cast<std::size_t>(most)) text.resize(static_cast<std::size_t>(most));
    writer_.string(text);
  }

  void write_number(Value schema) {
    const std::int64_t above = whole_at(schema, "exclusiveMinimum", 0);
    std::int64_t value = std::max(whole_at(schema, "minimum", 1), schema.find("exclusiveMinimum") ? above + 1 : 1);
    if (schema.find("minimum")) value = whole_at(schema, "minimum", 1);
    value = std::min(value, whole_at(schema, "maximum", value));
    writer_.integer(value);
  }

  Value root_;
  Writer writer_;
};

}  // namespace

std::string value_for_schema(Value schema) {
  std::string out;
  Synthesis(schema, out).write(schema, 0);
  return out;
}

}  // namespace stargate::sim
