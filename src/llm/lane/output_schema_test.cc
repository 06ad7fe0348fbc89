#include "llm/lane/output_schema.h"

#include <gtest/gtest.h>

namespace stargate::llm {
namespace {

std::optional<std::string> native(std::string_view schema, std::vector<Loss>* losses = nullptr) {
  const auto document = codec::json::Document::parse_copy(schema);
  std::vector<Loss> own;
  return native_output_schema(document->root(), *document, losses == nullptr ? own : *losses);
}

TEST(OutputSchema, ClosesEveryObject) {
  EXPECT_EQ(native(R"({"type":"object","properties":{"a":{"type":"object"},"b":{"items":{"type":"object"}}}})"),
            R"({"type":"object","properties":{"a":{"type":"object","additionalProperties":false},)"
            R"("b":{"items":{"type":"object","additionalProperties":false}}},"additionalProperties":false})");
}

TEST(OutputSchema, LeavesAClosedSchemaAsItIs) {
  constexpr std::string_view kSchema =
      R"({ "type": "object", "properties": {"minimum": {"type": "string"}}, "additionalProperties": false })";
  EXPECT_EQ(native(kSchema), kSchema);  // a property that is called "minimum" is no limit
}

TEST(OutputSchema, DropsLimitsAndSaysSo) {
  std::vector<Loss> losses;
  const auto schema =
      native(R"({"type":"object","additionalProperties":false,"properties":{"n":{"type":"integer","minimum":1},)"
             R"("l":{"type":"array","minItems":1,"maxItems":9}}})",
             &losses);
  EXPECT_EQ(schema, R"({"type":"object","additionalProperties":false,"properties":{"n":{"type":"integer"},)"
                    R"("l":{"type":"array","minItems":1}}})");
  ASSERT_EQ(losses.size(), 2U);
  EXPECT_EQ(losses[0].what, "response_format.json_schema.minimum");
}

TEST(OutputSchema, RefusesWhatCannotBeSaid) {
  for (const char* schema :
       {R"({"type":"array"})", R"({"type":"object","additionalProperties":true})", "{}",
        R"({"type":"object","properties":{"a":{"oneOf":[{"type":"string"}]}}})",
        R"({"type":"object","$defs":{"A":{"not":{}}}})", R"({"type":"object","properties":{"a":true}})"}) {
    std::vector<Loss> losses;
    EXPECT_EQ(native(schema, &losses), std::nullopt) << schema;
    EXPECT_TRUE(losses.empty());
  }
}

}  // namespace
}  // namespace stargate::llm
