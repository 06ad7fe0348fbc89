#include "sim/schema.h"

#include <gtest/gtest.h>

namespace stargate::sim {
namespace {

std::string value_for(std::string_view schema) {
  const auto document = codec::json::Document::parse_copy(schema);
  return document ? value_for_schema(document->root()) : "not JSON";
}

TEST(Schema, RequiredMembersOnly) {
  EXPECT_EQ(
      value_for(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},"required":["b"]})"),
      R"({"b":1})");
}

TEST(Schema, ConstDefaultAndTheFirstOfAnEnumWin) {
  EXPECT_EQ(value_for(R"({"type":"string","enum":["red","blue"]})"), R"("red")");
  EXPECT_EQ(value_for(R"({"const":7})"), "7");
  EXPECT_EQ(value_for(R"({"type":"integer","default":3})"), "3");
}

TEST(Schema, BoundsAreKept) {
  EXPECT_EQ(value_for(R"({"type":"string","minLength":5})"), R"("simxx")");
  EXPECT_EQ(value_for(R"({"type":"string","maxLength":1})"), R"("s")");
  EXPECT_EQ(value_for(R"({"type":"integer","minimum":10})"), "10");
  EXPECT_EQ(value_for(R"({"type":"number","exclusiveMinimum":10})"), "11");
  EXPECT_EQ(value_for(R"({"type":"integer","maximum":-2})"), "-2");
  EXPECT_EQ(value_for(R"({"type":"array","items":{"type":"boolean"},"minItems":2})"), "[true,true]");
}

TEST(Schema, ReferencesAndChoices) {
  EXPECT_EQ(
      value_for(
          R"({"$ref":"#/$defs/p","$defs":{"p":{"type":"object","properties":{"n":{"type":"null"}},"required":["n"]}}})"),
      R"({"n":null})");
  EXPECT_EQ(value_for(R"({"anyOf":[{"type":"string"},{"type":"null"}]})"), R"("sim")");
  EXPECT_EQ(value_for(R"({"type":["integer","null"]})"), "1");
}

TEST(Schema, RecursionEnds) {
  const auto text = value_for(R"({"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]})");
  EXPECT_TRUE(codec::json::Document::parse_copy(text));
}

}  // namespace
}  // namespace stargate::sim
