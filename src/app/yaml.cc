#include "app/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace stargate::app {
namespace {

constexpr std::string_view kMergeKey = "<<";

// Thrown by the builder through yaml-cpp's parser when a bound is exceeded; caught in parse_yaml.
struct BoundExceeded {
  YamlFault fault;
};

std::size_t count_nodes(const YamlNode& node) {
  std::size_t count = 1;
  for (const YamlNode& item : node.items) count += count_nodes(item);
  for (const YamlMember& member : node.members) count += count_nodes(member.value);
  return count;
}

// Builds the tree from the parser's events. Owned by parse_yaml, used once.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlOutcome& outcome) : outcome_(&outcome) {}

  void OnDocumentStart(const YAML::Mark& mark) override { place_ = mark; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node_at(mark, YamlNode::Kind::kNull), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    YamlNode node = found == anchors_.end() ? node_at(mark, YamlNode::Kind::kNull) : found->second;
    if (found == anchors_.end()) fault(mark, "an alias refers to itself");
    nodes_ += count_nodes(node);
    check_bounds(mark);
    add(std::move(node), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = node_at(mark, YamlNode::Kind::kScalar);
    node.plain = tag == "?";
    node.text = value;
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, YamlNode::Kind::kSequence, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, YamlNode::Kind::kMap, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    YamlMember member;  // the key that waits for its value
    std::vector<YamlNode> merges;
  };

  YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) {
    ++nodes_;
    check_bounds(mark);
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void check_bounds(const YAML::Mark& mark) const {
    if (nodes_ > kYamlNodesMax) {
      throw BoundExceeded{{mark.line + 1, mark.column + 1, "the document holds too many values"}};
    }
    if (frames_.size() > static_cast<std::size_t>(kYamlDepthMax)) {
      throw BoundExceeded{{mark.line + 1, mark.column + 1, "the document is nested too deeply"}};
    }
  }

  void fault(const YAML::Mark& mark, std::string message) {
    outcome_->faults.push_back({mark.line + 1, mark.column + 1, std::move(message)});
  }

  void open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    Frame frame;
    frame.node = node_at(mark, kind);
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    for (YamlNode& merged : frame.merges) merge(frame.node, std::move(merged));
    add(std::move(frame.node), frame.anchor);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (frames_.empty()) {
      outcome_->root = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.is_sequence()) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.has_key) {
      begin_member(frame, node);
    } else {
      frame.has_key = false;
      end_member(frame, std::move(node));
    }
  }

  void begin_member(Frame& frame, const YamlNode& key) {
    frame.has_key = true;
    frame.member = YamlMember{key.text, key.line, key.column, {}};
    if (key.is_scalar() || key.is_null()) return;
    outcome_->faults.push_back({key.line, key.column, "a key must be a plain word"});
  }

  void end_member(Frame& frame, YamlNode value) {
    if (frame.member.key == kMergeKey) {
      if (value.is_sequence()) {
        for (YamlNode& item : value.items) frame.merges.push_back(std::move(item));
      } else {
        frame.merges.push_back(std::move(value));
      }
      return;
    }
    if (frame.node.find(frame.member.key) != nullptr) {
      const YamlNode* first = frame.node.find(frame.member.key);
      outcome_->faults.push_back({frame.member.line, frame.member.column,
                                  "the key '" + frame.member.key +
                                      "' stands twice here, first with the value on line " +
                                      std::to_string(first->line)});
      return;
    }
    frame.member.value = std::move(value);
    frame.node.members.push_back(std::move(frame.member));
  }

  void merge(YamlNode& into, YamlNode from) {
    if (!from.is_map()) {
      outcome_->faults.push_back({from.line, from.column, "'<<' takes a map or a list of maps"});
      return;
    }
    for (YamlMember& member : from.members) {
      if (into.find(member.key) == nullptr) into.members.push_back(std::move(member));
    }
  }

  YamlOutcome* outcome_;
  YAML::Mark place_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &YamlMember::key);
  return found == members.end() ? nullptr : &found->value;
}

YamlOutcome parse_yaml(std::string_view text) {
  YamlOutcome outcome;
  if (text.size() > kYamlBytesMax) {
    outcome.faults.push_back({1, 1, "the document is larger than 4 MiB"});
    return outcome;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(outcome);
    if (parser.HandleNextDocument(builder)) {
      YamlOutcome rest;
      TreeBuilder ignored(rest);
      if (parser.HandleNextDocument(ignored) && !rest.root.is_null()) {
        outcome.faults.push_back({rest.root.line, rest.root.column, "a second document ('---') is not read"});
      }
    }
  } catch (const BoundExceeded& bound) {
    outcome.faults.push_back(bound.fault);
  } catch (const YAML::Exception& error) {
    outcome.faults.push_back({error.mark.line + 1, error.mark.column + 1, "not valid YAML: " + error.msg});
  } catch (const std::exception& error) {
    outcome.faults.push_back({1, 1, std::string("not valid YAML: ") + error.what()});
  }
  return outcome;
}

}  // namespace stargate::app
