#include "llm/lane/output_schema.h"

#include <algorithm>
#include <array>

namespace stargate::llm {
namespace {

using codec::json::Edits;
using codec::json::Member;
using codec::json::Value;

constexpr auto kLimits = std::to_array<std::string_view>({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                                                          "multipleOf", "minLength", "maxLength", "maxItems",
                                                          "uniqueItems", "minProperties", "maxProperties"});
constexpr auto kStructures = std::to_array<std::string_view>(
    {"oneOf", "not", "if", "then", "else", "patternProperties", "propertyNames", "dependentSchemas",
     "dependentRequired", "dependencies", "prefixItems", "contains", "unevaluatedProperties", "unevaluatedItems"});

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& names, Value key) {
  return std::ranges::any_of(names, [&](std::string_view name) { return key.equals(name); });
}

class SchemaWalk {
 public:
  SchemaWalk(Edits& edits, std::vector<Loss>& losses) : edits_(edits), losses_(losses) {}

  // False when the schema cannot be said natively.
  bool visit(Value schema) {
    if (!schema.is_object()) return false;
    for (const Member member : schema.members()) {
      if (one_of(kStructures, member.key()) || !visit_member(schema, member)) return false;
    }
    const auto type = schema.find("type");
    const bool object = (type && type->equals("object")) || schema.find("properties");
    if (object && !schema.find("additionalProperties")) edits_.append_member(schema, "additionalProperties", "false");
    return true;
  }

 private:
  bool visit_member(Value schema, const Member& member) {
    const Value value = member.value();
    if (member.named("additionalProperties")) return value.as_bool() == std::optional(false);
    if (member.named("properties") || member.named("$defs") || member.named("definitions")) {
      for (const Member each : value.members()) {
        if (!visit(each.value())) return false;
      }
      return true;
    }
    if (member.named("items")) return visit(value);
    if (member.named("anyOf") || member.named("allOf")) {
      for (const Value each : value.elements()) {
        if (!visit(each)) return false;
      }
      return true;
    }
    const bool many_items = member.named("minItems") && value.as_int().value_or(0) > 1;
    if (many_items || one_of(kLimits, member.key())) {
      edits_.erase_member(schema, member.key());
      note("response_format.json_schema." + member.key().text());
    }
    return true;
  }

  void note(std::string what) {
    const auto same = [&](const Loss& loss) { return loss.what == what; };
    if (std::ranges::none_of(losses_, same)) losses_.push_back({.what = std::move(what), .action = "dropped"});
  }

  Edits& edits_;
  std::vector<Loss>& losses_;
};

}  // namespace

std::optional<std::string> native_output_schema(Value schema, const codec::json::Document& document,
                                                std::vector<Loss>& losses) {
  if (!describes_object(schema)) return std::nullopt;
  Edits edits(document);
  std::vector<Loss> lost;
  if (!SchemaWalk(edits, lost).visit(schema)) return std::nullopt;
  losses.insert(losses.end(), lost.begin(), lost.end());
  return edits.joined();
}

bool describes_object(Value schema) {
  const auto type = schema.find("type");
  return type && type->equals("object");
}

}  // namespace stargate::llm
