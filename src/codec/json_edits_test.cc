#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "codec/json.h"

namespace stargate::codec::json {
namespace {

Document parsed(std::string_view text) {
  auto document = Document::parse_copy(text);
  EXPECT_TRUE(document) << text << ": " << (document ? "" : document.error().message);
  return std::move(document).value();
}

void erase(Edits& edits, Value object, std::string_view name) {
  for (const Member member : object.members()) {
    if (member.named(name)) edits.erase_member(object, member.key());
  }
}

std::string without(std::string_view text, std::initializer_list<std::string_view> names) {
  const auto document = parsed(text);
  Edits edits(document);
  for (const std::string_view name : names) erase(edits, document.root(), name);
  return edits.joined();
}

TEST(JsonEdits, RepairTheCommasOfErasedMembers) {
  constexpr std::string_view kText = R"({ "a" : 1 , "b" : 2 , "c" : 3 , "d" : 4 })";
  EXPECT_EQ(without(kText, {"a"}), R"({ "b" : 2 , "c" : 3 , "d" : 4 })");
  EXPECT_EQ(without(kText, {"b"}), R"({ "a" : 1 , "c" : 3 , "d" : 4 })");
  EXPECT_EQ(without(kText, {"d"}), R"({ "a" : 1 , "b" : 2 , "c" : 3 })");
  EXPECT_EQ(without(kText, {"a", "b"}), R"({ "c" : 3 , "d" : 4 })");
  EXPECT_EQ(without(kText, {"c", "b"}), R"({ "a" : 1 , "d" : 4 })");
  EXPECT_EQ(without(kText, {"c", "d"}), R"({ "a" : 1 , "b" : 2 })");
  EXPECT_EQ(without(kText, {"a", "d"}), R"({ "b" : 2 , "c" : 3 })");
  EXPECT_EQ(without(kText, {"a", "c"}), R"({ "b" : 2 , "d" : 4 })");
  EXPECT_EQ(without(kText, {"a", "b", "c", "d"}), R"({  })");
  EXPECT_EQ(without(kText, {"a", "a"}), R"({ "b" : 2 , "c" : 3 , "d" : 4 })");
  EXPECT_EQ(without(kText, {}), kText);
}

TEST(JsonEdits, InsertIntoEmptyAndEmptiedObjects) {
  for (const std::string_view text : {"{}", "{ }", R"({"a":1})", R"({ "a" : 1 , "b" : 2 })"}) {
    const auto document = parsed(text);
    Edits edits(document);
    erase(edits, document.root(), "a");
    erase(edits, document.root(), "b");
    edits.append_member(document.root(), "y", "1");
    edits.prepend_member(document.root(), "x", "2");
    edits.append_member(document.root(), "z", "3");
    edits.prepend_member(document.root(), "w", "4");
    EXPECT_THAT(edits.joined(), testing::StartsWith(R"({"w":4,"x":2,"y":1,"z":3)")) << text;
    parsed(edits.joined());
  }
}

TEST(JsonEdits, InsertAroundWhatStays) {
  const auto document = parsed(R"({"model":"m","max":1,"stream":true})");
  Edits edits(document);
  erase(edits, document.root(), "model");
  erase(edits, document.root(), "stream");
  edits.prepend_member(document.root(), "anthropic_version", "\"v\"");
  edits.append_member(document.root(), "k\"", "[]");
  edits.replace(*document.root().find("max"), "20");
  EXPECT_EQ(edits.joined(), R"({"anthropic_version":"v","max":20,"k\"":[]})");
  EXPECT_FALSE(edits.empty());
  EXPECT_TRUE(Edits(document).empty());
}

TEST(JsonEdits, EraseAndAppendElements) {
  const auto document = parsed(R"({"a":[1, 2, 3],"b":[ ]})");
  const Value list = *document.root().find("a");
  Edits edits(document);
  edits.erase_element(list, 0);
  edits.erase_element(list, 2);
  edits.erase_element(list, 9);
  edits.append_element(list, "4");
  edits.append_element(*document.root().find("b"), "5");
  edits.append_element(*document.root().find("b"), "6");
  EXPECT_EQ(edits.joined(), R"({"a":[2,4],"b":[5,6 ]})");
}

TEST(JsonEdits, TheOuterEditWins) {
  const auto document = parsed(R"({"a":{"x":1,"y":[1,2]},"b":2})");
  const Value inner = *document.root().find("a");
  Edits edits(document);
  edits.append_element(*inner.find("y"), "3");
  edits.replace(*inner.find("x"), "9");
  erase(edits, inner, "y");
  edits.append_member(inner, "z", "1");
  erase(edits, document.root(), "a");
  EXPECT_EQ(edits.joined(), R"({"b":2})");
  Edits replaced(document);
  erase(replaced, inner, "x");
  replaced.append_member(inner, "z", "1");
  replaced.replace(inner, "[]");
  replaced.replace(inner, "null");
  EXPECT_EQ(replaced.joined(), R"({"a":null,"b":2})");
}

TEST(JsonEdits, CostGrowsWithTheEditsNotWithTheirSquare) {
  constexpr std::size_t kBlocks = 100'000;
  std::string text = "[";
  std::string expected = "[";
  for (std::size_t i = 0; i < kBlocks; ++i) {
    text += R"({"a":1,"b":2},)";
    expected += R"({"b":2},)";
  }
  const auto document = parsed(text + "0]");
  Edits edits(document);
  for (const Value block : document.root().elements()) {
    if (block.is_object()) erase(edits, block, "a");
    if (block.is_number()) edits.erase_element(document.root(), block);
  }
  expected.back() = ']';
  EXPECT_EQ(edits.joined(), expected);
}

TEST(JsonEdits, IgnoreWhatIsNoContainer) {
  const auto document = parsed("[1]");
  Edits edits(document);
  edits.append_member(document.root(), "a", "1");
  edits.append_element(Value(), "1");
  edits.erase_member(document.root(), Value());
  edits.replace(Value(), "1");
  edits.replace_range(2, 99, "1");
  EXPECT_TRUE(edits.empty());
  EXPECT_EQ(edits.joined(), "[1]");
}

TEST(JsonEdits, PiecesAreViewsOfTheOriginalText) {
  const auto document = parsed(R"({"a":1,"big":"text"})");
  Edits edits(document);
  erase(edits, document.root(), "a");
  const auto pieces = edits.pieces();
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[1].data(), document.text().data() + 7);
}

// Random documents under random edits, against a plain tree --------------------------------------------------------

struct Tree {
  Kind kind = Kind::kNumber;
  std::string scalar;
  std::string name;  // as a member of an object
  std::vector<Tree> items;
};

class Gardener {
 public:
  explicit Gardener(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  std::string number() { return std::to_string(below(1000)); }

  Tree grow(int depth) {
    Tree tree;
    const std::size_t choice = depth == 0 ? 2 + below(2) : below(4);
    if (choice < 2) {
      tree.kind = choice == 0 ? Kind::kObject : Kind::kArray;
      for (std::size_t n = below(5); n > 0; --n) {
        Tree item = grow(depth - 1);
        item.name = "k" + number();
        tree.items.push_back(std::move(item));
      }
    } else {
      tree.scalar = choice == 2 ? number() : "\"s\\n" + number() + "\"";
    }
    return tree;
  }

  std::string space() { return std::string(below(3), " \n\t"[below(3)]); }

  // The tree as text, with white space anywhere.
  std::string write(const Tree& tree) {
    if (tree.kind == Kind::kNumber) return tree.scalar;
    std::string out(tree.kind == Kind::kObject ? "{" : "[");
    out += space();
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      if (i > 0) out += "," + space();
      if (tree.kind == Kind::kObject) out += "\"" + tree.items[i].name + "\"" + space() + ":" + space();
      out += write(tree.items[i]) + space();
    }
    return out + (tree.kind == Kind::kObject ? "}" : "]");
  }

  // Edits the document and the tree alike.
  void edit(Edits& edits, Value value, Tree& tree) {
    if (tree.kind == Kind::kNumber) {
      if (below(4) == 0) replace(edits, value, tree);
      return;
    }
    std::vector<std::pair<Value, Value>> originals;  // key, value
    for (const Member member : value.members()) originals.emplace_back(member.key(), member.value());
    for (const Value element : value.elements()) originals.emplace_back(Value(), element);
    ASSERT_EQ(originals.size(), tree.items.size());
    std::vector<Tree> kept;
    const std::size_t harshness = 1 + below(4);
    for (std::size_t i = 0; i < originals.size(); ++i) {
      edit(edits, originals[i].second, tree.items[i]);
      if (below(harshness) == 0 && below(2) == 0) {
        erase_item(edits, value, originals[i].first, i);
      } else {
        kept.push_back(std::move(tree.items[i]));
      }
    }
    tree.items = std::move(kept);
    insert(edits, value, tree);
    if (below(8) == 0) replace(edits, value, tree);
  }

 private:
  void erase_item(Edits& edits, Value container, Value key, std::size_t index) {
    if (container.is_object()) {
      edits.erase_member(container, key);
    } else {
      edits.erase_element(container, index);
    }
  }
  void replace(Edits& edits, Value value, Tree& tree) {
    tree.kind = Kind::kNumber;
    tree.scalar = number();
    tree.items.clear();
    edits.replace(value, tree.scalar);
  }
  void insert(Edits& edits, Value value, Tree& tree) {
    for (std::size_t n = below(3); n > 0; --n) {
      const Tree leaf{Kind::kNumber, number(), "n" + number(), {}};
      if (value.is_array()) {
        edits.append_element(value, leaf.scalar);
        tree.items.push_back(leaf);
      } else if (below(2) == 0) {
        edits.append_member(value, leaf.name, leaf.scalar);
        tree.items.push_back(leaf);
      } else {
        edits.prepend_member(value, leaf.name, leaf.scalar);
        tree.items.insert(tree.items.begin(), leaf);
      }
    }
  }

  std::mt19937 random_;
};

std::string compact(Value value) {
  std::string out;
  if (value.is_object()) {
    for (const Member member : value.members()) {
      out += std::string(out.empty() ? "" : ",") + std::string(member.key().raw()) + ":" + compact(member.value());
    }
    return "{" + out + "}";
  }
  if (!value.is_array()) return std::string(value.raw());
  for (const Value element : value.elements()) out += std::string(out.empty() ? "" : ",") + compact(element);
  return "[" + out + "]";
}

std::string compact(const Tree& tree) {
  if (tree.kind == Kind::kNumber) return tree.scalar;
  std::string out;
  for (const Tree& item : tree.items) {
    if (!out.empty()) out += ",";
    if (tree.kind == Kind::kObject) out += "\"" + item.name + "\":";
    out += compact(item);
  }
  return tree.kind == Kind::kObject ? "{" + out + "}" : "[" + out + "]";
}

TEST(JsonEdits, AgreeWithEditsOfATree) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Gardener gardener(seed);
    Tree tree = gardener.grow(4);
    const std::string text = gardener.write(tree);
    const auto document = parsed(text);
    Edits edits(document);
    gardener.edit(edits, document.root(), tree);
    const std::string edited = edits.joined();
    const auto again = Document::parse_copy(edited);
    ASSERT_TRUE(again) << "seed " << seed << "\n" << text << "\n" << edited;
    ASSERT_EQ(compact(again->root()), compact(tree)) << "seed " << seed << "\n" << text << "\n" << edited;
    for (const std::string_view piece : edits.pieces()) ASSERT_FALSE(piece.empty());
  }
}

}  // namespace
}  // namespace stargate::codec::json
