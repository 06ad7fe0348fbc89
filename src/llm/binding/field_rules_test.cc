#include "llm/binding/field_rules.h"

#include <gtest/gtest.h>

namespace stargate::llm::binding {
namespace {

namespace json = codec::json;

std::string stripped(std::string_view body, std::string_view pattern) {
  auto document = json::Document::parse_copy(body);
  json::Edits edits(*document);
  find_field(*document, parse_field_pattern(pattern),
             [&](const FieldHit& hit) { edits.erase_member(hit.object, hit.key); });
  return edits.joined();
}

TEST(FieldPattern, TopLevelNestedAndEach) {
  EXPECT_EQ(stripped(R"({"a":1,"b":{"a":2}})", "a"), R"({"b":{"a":2}})");
  EXPECT_EQ(stripped(R"({"o":{"a":1,"b":2},"a":3})", "o.a"), R"({"o":{"b":2},"a":3})");
  EXPECT_EQ(stripped(R"({"tools":[{"strict":true},{"n":1,"strict":0},5]})", "tools[].strict"),
            R"({"tools":[{},{"n":1},5]})");
  EXPECT_EQ(stripped(R"({"m":[{"c":[{"x":1}]},{"c":"s"}]})", "m[].c[].x"), R"({"m":[{"c":[{}]},{"c":"s"}]})");
}

TEST(FieldPattern, ValueLimitsTheMatch) {
  EXPECT_EQ(stripped(R"({"t":{"display":"updates"}})", "t.display=updates"), R"({"t":{}})");
  EXPECT_EQ(stripped(R"({"t":{"display":"omitted"}})", "t.display=updates"), R"({"t":{"display":"omitted"}})");
}

TEST(FieldPattern, AnywhereButNotInAToolsOwnData) {
  const std::string_view body = R"({"system":[{"cache_control":{"type":"e","scope":"g"}}],
    "messages":[{"content":[{"type":"tool_use","input":{"cache_control":{"scope":"mine"}}},
                            {"text":"cache_control","cache_control":{"scope":1}}]}],
    "tools":[{"input_schema":{"properties":{"cache_control":{"scope":{}}}},"cache_control":{"scope":2,"ttl":"1h"}}]})";
  const std::string out = stripped(body, "**.cache_control.scope");
  EXPECT_EQ(out.find(R"("scope":"g")"), std::string::npos);
  EXPECT_EQ(out.find(R"("scope":1)"), std::string::npos);
  EXPECT_EQ(out.find(R"("scope":2)"), std::string::npos);
  EXPECT_NE(out.find(R"("scope":"mine")"), std::string::npos);
  EXPECT_NE(out.find(R"("scope":{})"), std::string::npos);
  EXPECT_NE(out.find(R"({"ttl":"1h"})"), std::string::npos);
}

TEST(FieldPattern, AnywhereWithOneStep) {
  EXPECT_EQ(stripped(R"({"a":{"x":1},"b":[{"x":2,"y":"x"}]})", "**.x"), R"({"a":{},"b":[{"y":"x"}]})");
}

TEST(FieldPattern, KeysWrittenWithEscapesAreTheSameKeys) {
  EXPECT_EQ(stripped(R"({"a":{"c\u0061che_control":{"s\u0063ope":1}}})", "**.cache_control.scope"),
            R"({"a":{"c\u0061che_control":{}}})");
  EXPECT_EQ(stripped(R"({"\u0061":1,"b":2})", "a"), R"({"b":2})");
}

TEST(KeyPlaces, PathInAnthropicsWords) {
  auto document = json::Document::parse_copy(R"({"messages":[{"content":"x"},{"content":[{},{"source":{"a":1}}]}]})");
  const auto keys = find_keys(*document, "source");
  ASSERT_EQ(keys.size(), 1U);
  KeyPlaces places(*document);
  ASSERT_TRUE(places.locate(keys[0]));
  EXPECT_EQ(places.path(), "messages.1.content.1.source");
  EXPECT_TRUE(value_at(*document, places.object()).find("source").has_value());
}

TEST(KeyPlaces, OneWalkFindsAll) {
  auto document = json::Document::parse_copy(
      R"({"k":{"k":1,"a":[[{"k":2}],{"input":{"k":{"k":3}},"k":4}]},"b":[],"input_schema":{"k":5},"c":{"k":6}})");
  KeyPlaces places(*document);
  std::vector<std::string> paths;
  for (const std::uint32_t key : find_keys(*document, "k")) paths.push_back(places.locate(key) ? places.path() : "-");
  EXPECT_EQ(paths, (std::vector<std::string>{"k", "k.k", "k.a.0.0.k", "-", "-", "k.a.1.k", "-", "c.k"}));
}

// Quadratic work would take minutes here.
TEST(FieldPattern, ManyHitsAreOneWalk) {
  std::string body = R"({"messages":[{"content":"a"})";
  for (int count = 0; count < 50'000; ++count) body += R"(,{"cache_control":{"scope":1}})";
  EXPECT_EQ(stripped(body + "]}", "**.cache_control.scope").find("scope"), std::string::npos);
}

TEST(FieldRules, PassLeavesNoRuleAndFlagsShareAField) {
  const FieldRules rules({{"a", {FieldAction::kPass, {}}}, {"b", {FieldAction::kStrip, {}}}},
                         {{"x-1", {"c"}}, {"y-1", {"c", "d"}}});
  ASSERT_EQ(rules.rules().size(), 3U);
  EXPECT_EQ(rules.rules()[0].pattern.text, "b");
  EXPECT_EQ(rules.rules()[1].pattern.text, "c");
  EXPECT_EQ(rules.rules()[1].betas, (std::vector<std::string>{"x-1", "y-1"}));
}

}  // namespace
}  // namespace stargate::llm::binding
