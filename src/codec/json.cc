// Document::parse: simdjson's stage 1 finds the structure, Builder checks the grammar and writes the nodes.
#include "codec/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "codec/json_scan.h"

namespace stargate::codec::json {
namespace {

using Parser = simdjson::internal::dom_parser_implementation;

// What a thread keeps between documents is bounded: one huge body must not stay in memory.
constexpr std::size_t kParserBytesMin = std::size_t{16} * 1024;
constexpr std::size_t kParserBytesKept = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kPositionsKept = std::size_t{256} * 1024;
constexpr std::size_t kNodesKept = 32 * 1024;
constexpr std::size_t kPoolSize = 4;

// Node vectors of finished documents, and the stage 1 parser. One per thread.
struct Recycler {
  std::unique_ptr<Parser> parser;
  std::size_t parser_bytes = 0;
  std::array<std::vector<Node>, kPoolSize> nodes;
  std::size_t nodes_count = 0;

  Recycler() = default;
  Recycler(const Recycler&) = delete;
  Recycler& operator=(const Recycler&) = delete;
  ~Recycler() { gone = true; }
  // A document with static storage may die after the thread's recycler.
  static thread_local bool gone;
};

thread_local bool Recycler::gone = false;

Recycler& recycler() {
  static thread_local Recycler instance;
  return instance;
}

std::vector<Node> take_nodes() {
  Recycler& pool = recycler();
  if (pool.nodes_count == 0) return {};
  return std::move(pool.nodes[--pool.nodes_count]);
}

void give_nodes(std::vector<Node>& nodes) {
  if (nodes.capacity() == 0 || nodes.capacity() > kNodesKept || Recycler::gone) return;
  Recycler& pool = recycler();
  if (pool.nodes_count == kPoolSize) return;
  nodes.clear();
  pool.nodes[pool.nodes_count++] = std::move(nodes);
}

Parser* parser_for(std::size_t size_bytes) {
  Recycler& pool = recycler();
  if (pool.parser && pool.parser_bytes >= size_bytes) return pool.parser.get();
  const std::size_t capacity = std::max(kParserBytesMin, std::min(std::bit_ceil(size_bytes), kTextBytesMax));
  pool.parser.reset();
  pool.parser_bytes = 0;
  const simdjson::implementation& implementation = *simdjson::get_active_implementation();
  if (implementation.create_dom_parser_implementation(capacity, 1, pool.parser) != simdjson::SUCCESS) {
    pool.parser.reset();
    return nullptr;
  }
  pool.parser_bytes = capacity;
  return pool.parser.get();
}

void release_large_parser() {
  Recycler& pool = recycler();
  const bool small = pool.parser_bytes <= kParserBytesKept && pool.parser->n_structural_indexes <= kPositionsKept;
  if (small) return;
  pool.parser.reset();
  pool.parser_bytes = 0;
}

// Checks the grammar over the structural positions and writes the nodes. One use, on the stack of index(). Iterative:
// foreign nesting costs no stack. A failure is a reason and the byte where it was seen.
class Builder {
 public:
  Builder(std::string_view text, const std::uint32_t* positions, std::uint32_t count, std::vector<Node>& nodes)
      : text_(text), positions_(positions), count_(count), nodes_(nodes) {}

  bool run() {
    bool ok = value();
    while (ok && depth_ > 0) ok = step();
    if (ok && at_ < count_) return refuse("the end of the text");
    return ok;
  }

  [[nodiscard]] std::string_view wanted() const { return wanted_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  bool refuse(std::string_view wanted) { return refuse_at(wanted, position()); }
  bool refuse_at(std::string_view wanted, std::size_t offset) {
    wanted_ = wanted;
    offset_ = offset;
    return false;
  }
  [[nodiscard]] std::size_t position() const { return at_ < count_ ? positions_[at_] : text_.size(); }
  [[nodiscard]] char peek() const { return at_ < count_ ? text_[positions_[at_]] : '\0'; }

  std::uint32_t add(std::size_t begin, std::size_t end, Kind kind) {
    const auto self = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), self + 1, 0, kind, false});
    return self;
  }

  bool value() {
    switch (peek()) {
      case '{': return open(Kind::kObject);
      case '[': return open(Kind::kArray);
      case '"': return string();
      case 't': return literal("true", Kind::kTrue);
      case 'f': return literal("false", Kind::kFalse);
      case 'n': return literal("null", Kind::kNull);
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9': return number();
      default: return refuse("a value");
    }
  }

  bool open(Kind kind) {
    if (depth_ == kDepthMax) return refuse("less nesting (at most 256 levels)");
    const std::size_t begin = positions_[at_++];
    stack_[depth_++] = add(begin, begin + 1, kind);
    first_ = true;
    return true;
  }

  // One step inside the innermost container: its end, or its next member or element.
  bool step() {
    const std::uint32_t top = stack_[depth_ - 1];
    const bool object = nodes_[top].kind == Kind::kObject;
    if (at_ < count_ && text_[positions_[at_]] == (object ? '}' : ']')) {
      nodes_[top].end = positions_[at_++] + 1;
      nodes_[top].next = static_cast<std::uint32_t>(nodes_.size());
      --depth_;
      first_ = false;
      return true;
    }
    if (!first_) {
      if (peek() != ',') return refuse(object ? "',' or '}'" : "',' or ']'");
      ++at_;
    }
    first_ = false;
    ++nodes_[top].count;
    if (object) {
      if (peek() != '"') return refuse("a member name");
      if (!string()) return false;
      if (peek() != ':') return refuse("':'");
      ++at_;
    }
    return value();
  }

  // Between the closing quote and the next structural position stands white space only, so the end is found backwards.
  bool string() {
    const std::size_t begin = positions_[at_++];
    std::size_t end = position();
    while (end > begin + 1 && is_space(text_[end - 1])) --end;
    if (end < begin + 2 || text_[end - 1] != '"') return refuse_at("a closed string", begin);
    Node& node = nodes_[add(begin, end, Kind::kString)];
    const std::size_t bad = check_escapes(text_.substr(begin + 1, end - begin - 2), node.escaped);
    if (bad != std::string_view::npos) return refuse_at("a valid escape", begin + 1 + bad);
    return true;
  }

  bool literal(std::string_view word, Kind kind) {
    const std::size_t begin = positions_[at_++];
    const std::size_t end = begin + word.size();
    if (text_.substr(begin, word.size()) != word || !ends_at(end)) return refuse_at("a value", begin);
    add(begin, end, kind);
    return true;
  }

  bool number() {
    const std::size_t begin = positions_[at_++];
    const std::size_t size = number_size(text_.substr(begin));
    if (size == 0 || !ends_at(begin + size)) return refuse_at("a number", begin);
    add(begin, begin + size, Kind::kNumber);
    return true;
  }

  [[nodiscard]] bool ends_at(std::size_t end) const {
    if (end >= text_.size()) return end == text_.size();
    const char c = text_[end];
    return c == ',' || c == '}' || c == ']' || is_space(c);
  }

  std::string_view text_;
  const std::uint32_t* positions_;
  std::uint32_t count_;
  std::vector<Node>& nodes_;
  std::uint32_t at_ = 0;
  std::size_t depth_ = 0;
  bool first_ = false;  // nothing read yet in the innermost container
  std::string_view wanted_;
  std::size_t offset_ = 0;
  std::array<std::uint32_t, kDepthMax> stack_;
};

Failure refused(std::string_view wanted, std::size_t offset) {
  return base::client_error(ErrorCode::kBadRequest,
                            fmt::format("invalid JSON: expected {} at byte {}", wanted, offset));
}

// Stage 1 says that the text is bad but not where.
Failure stage1_refused(std::string_view text, simdjson::error_code code) {
  if (code == simdjson::EMPTY) return refused("a value", text.size());
  const Flaw flaw = find_flaw(text);
  return refused(flaw.wanted, flaw.offset);
}

}  // namespace

Result<void> Document::index() {
  if (text_.size() > kTextBytesMax) return base::client_error(ErrorCode::kTooLarge, "JSON text over 4 GB");
  if (text_.empty()) return refused("a value", 0);
  Parser* parser = parser_for(text_.size());
  if (parser == nullptr) return base::fail(ErrorCode::kInternal, "out of memory for JSON");
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text_.data());
  const auto code = parser->stage1(bytes, text_.size(), simdjson::stage1_mode::regular);
  if (code != simdjson::SUCCESS) {
    release_large_parser();
    return stage1_refused(text_, code);
  }
  nodes_ = take_nodes();
  nodes_.reserve(parser->n_structural_indexes / 2 + 1);  // commas, colons and closing brackets make no node
  Builder builder(text_, parser->structural_indexes.get(), parser->n_structural_indexes, nodes_);
  const bool ok = builder.run();
  release_large_parser();
  if (!ok) return refused(builder.wanted(), builder.offset());
  return {};
}

Result<Document> Document::parse(std::string_view text) {
  Document document;
  document.text_ = text;
  if (auto indexed = document.index(); !indexed) return Failure(std::move(indexed.error()));
  return document;
}

Result<Document> Document::parse_copy(std::string_view text) {
  Document document;
  document.owned_ = std::make_unique<std::string>();
  document.owned_->reserve(text.size() + base::kJsonPadding);
  document.owned_->assign(text);
  document.text_ = *document.owned_;
  if (auto indexed = document.index(); !indexed) return Failure(std::move(indexed.error()));
  return document;
}

Document::Document(Document&& other) noexcept
    : text_(std::exchange(other.text_, {})), owned_(std::move(other.owned_)), nodes_(std::exchange(other.nodes_, {})) {}

Document& Document::operator=(Document&& other) noexcept {
  if (this == &other) return *this;
  give_nodes(nodes_);
  text_ = std::exchange(other.text_, {});
  owned_ = std::move(other.owned_);
  nodes_ = std::exchange(other.nodes_, {});
  return *this;
}

Document::~Document() { give_nodes(nodes_); }

}  // namespace stargate::codec::json
