#include "app/yaml.h"

#include <gtest/gtest.h>

#include "app/yaml_to_json.h"

namespace stargate::app {
namespace {

TEST(Yaml, KeepsPlacesAndQuotes) {
  const YamlOutcome outcome = parse_yaml("a: 1\nb:\n  - 'x'\n  - y: \"2\"\n");
  ASSERT_TRUE(outcome.faults.empty());
  const YamlNode* b = outcome.root.find("b");
  ASSERT_NE(b, nullptr);
  ASSERT_EQ(b->items.size(), 2U);
  EXPECT_EQ(b->items[0].line, 3);
  EXPECT_EQ(b->items[0].column, 5);
  EXPECT_FALSE(b->items[0].plain);
  EXPECT_TRUE(outcome.root.find("a")->plain);
  EXPECT_FALSE(b->items[1].find("y")->plain);
}

TEST(Yaml, ReportsAKeyThatStandsTwice) {
  const YamlOutcome outcome = parse_yaml("a: 1\nb: 2\na: 3\n");
  ASSERT_EQ(outcome.faults.size(), 1U);
  EXPECT_EQ(outcome.faults[0].line, 3);
  EXPECT_EQ(outcome.faults[0].message, "the key 'a' stands twice here, first with the value on line 1");
}

TEST(Yaml, SyntaxErrorsHaveALine) {
  const YamlOutcome outcome = parse_yaml("a: 1\nb: [1, 2\nc: 3\n");
  ASSERT_FALSE(outcome.faults.empty());
  EXPECT_GT(outcome.faults[0].line, 1);
}

TEST(Yaml, ResolvesAnchorsAndMergeKeys) {
  const YamlOutcome outcome = parse_yaml("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n");
  ASSERT_TRUE(outcome.faults.empty());
  EXPECT_EQ(yaml_to_json(*outcome.root.find("use")), R"({"y":3,"x":1})");
}

TEST(Yaml, AliasBombsAreBounded) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += before + (j < 9 ? "," : "]\n");
  }
  const YamlOutcome outcome = parse_yaml(text);
  ASSERT_FALSE(outcome.faults.empty());
  EXPECT_EQ(outcome.faults.back().message, "the document holds too many values");
}

TEST(Yaml, DeepNestingIsBounded) {
  const YamlOutcome outcome = parse_yaml(std::string(400, '[') + std::string(400, ']'));
  EXPECT_FALSE(outcome.faults.empty());
}

TEST(Yaml, ASecondDocumentIsAFault) {
  EXPECT_FALSE(parse_yaml("a: 1\n---\nb: 2\n").faults.empty());
  EXPECT_TRUE(parse_yaml("---\na: 1\n").faults.empty());
}

TEST(Yaml, EmptyTextIsNull) {
  const YamlOutcome outcome = parse_yaml("");
  EXPECT_TRUE(outcome.faults.empty());
  EXPECT_TRUE(outcome.root.is_null());
}

TEST(YamlToJson, CoreSchema) {
  const YamlOutcome outcome = parse_yaml(
      "[1, -007, +3, 0x10, 0o17, .5, 5., 1e3, -1.5E-2, true, False, null, ~, '1', yes, .inf, 1_000, \"a\\\"b\", 1.e2]");
  ASSERT_TRUE(outcome.faults.empty());
  EXPECT_EQ(
      yaml_to_json(outcome.root),
      "[1,-7,3,16,15,0.5,5.0,1e3,-1.5E-2,true,false,null,null,\"1\",\"yes\",\".inf\",\"1_000\",\"a\\\"b\",1.0e2]");
}

}  // namespace
}  // namespace stargate::app
