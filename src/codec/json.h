// JSON as bytes: a flat index over one text, and edits and writing that never re-serialise what they do not change.
//
// Document::parse makes one pass (simdjson's stage 1 finds the structure and checks UTF-8, ours checks the grammar)
// and keeps a node per value, so that any value can be reached, shown as its exact bytes, or cut out. Strings stay in
// their escaped form until someone asks for text().
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/limits.h"

namespace stargate::codec::json {

enum class Kind : std::uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

inline constexpr std::size_t kDepthMax = 256;              // deeper nesting is refused
inline constexpr std::size_t kTextBytesMax = 0xFFFF'FF00;  // offsets are 32 bit

// One node of the index. A container's children follow it; `next` is the index of the node after its subtree.
// Object children alternate key, value.
struct Node {
  std::uint32_t begin = 0;  // first byte of the value; for strings the opening quote
  std::uint32_t end = 0;    // one past the last byte
  std::uint32_t next = 0;
  std::uint32_t count = 0;  // members or elements of a container
  Kind kind = Kind::kNull;
  bool escaped = false;  // a string that holds a backslash
};

class Document;
class Edits;
class Member;

// A value of a Document: a view, valid as long as the document and its text.
class Value {
 public:
  Value() = default;
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_object() const { return kind() == Kind::kObject; }
  [[nodiscard]] bool is_array() const { return kind() == Kind::kArray; }
  [[nodiscard]] bool is_string() const { return kind() == Kind::kString; }
  [[nodiscard]] bool is_number() const { return kind() == Kind::kNumber; }
  [[nodiscard]] bool is_null() const { return kind() == Kind::kNull; }
  [[nodiscard]] bool is_bool() const { return kind() == Kind::kTrue || kind() == Kind::kFalse; }

  [[nodiscard]] std::string_view raw() const;      // the exact bytes of the value
  [[nodiscard]] std::size_t begin_offset() const;  // of raw() in the document's text
  [[nodiscard]] std::size_t end_offset() const;
  [[nodiscard]] std::size_t size() const;  // members or elements; 0 for scalars

  // Strings. escaped() is the text between the quotes as it stands; text() is unescaped (a lone surrogate escape
  // becomes U+FFFD); equals() compares the unescaped text without allocating when there is no escape.
  [[nodiscard]] std::string_view escaped() const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool equals(std::string_view plain) const;

  // Numbers: nullopt when the value is not a number, not whole (as_int) or does not fit. 1e3 and 1.0 are whole.
  [[nodiscard]] std::optional<std::int64_t> as_int() const;
  [[nodiscard]] std::optional<double> as_double() const;
  [[nodiscard]] std::optional<bool> as_bool() const;

  // Objects: the first member whose unescaped key is `key`. Not an object, or no such member: nullopt.
  [[nodiscard]] std::optional<Value> find(std::string_view key) const;
  // Convenience: find() + is_string() + text(); empty when absent.
  [[nodiscard]] std::string text_at(std::string_view key) const;

  template <class Item>
  class Range;
  [[nodiscard]] Range<Member> members() const;  // empty unless an object
  [[nodiscard]] Range<Value> elements() const;  // empty unless an array

 private:
  friend class Document;
  friend class Edits;
  Value(const Document* document, std::uint32_t node) : document_(document), node_(node) {}
  [[nodiscard]] bool equals_unescaped(std::string_view plain) const;
  const Document* document_ = nullptr;
  std::uint32_t node_ = 0;
};

class Member {
 public:
  Member(Value key, Value value) : key_(key), value_(value) {}
  [[nodiscard]] Value key() const { return key_; }  // a string value
  [[nodiscard]] Value value() const { return value_; }
  [[nodiscard]] bool named(std::string_view plain) const { return key_.equals(plain); }

 private:
  Value key_;
  Value value_;
};

// The index of one JSON text. Move-only; the text must outlive it and must be followed by base::kJsonPadding readable
// bytes. Buffers are recycled per thread.
class Document {
 public:
  // Errors: kBadRequest (source client) with the byte offset and what was expected ("... at byte 17"); a text that is
  // not UTF-8, empty, too deep or followed by anything but white space is refused. Duplicate keys are not an error
  // here: see duplicate_key().
  static Result<Document> parse(std::string_view text);
  // Copies the text into an own padded buffer first.
  static Result<Document> parse_copy(std::string_view text);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document();

  [[nodiscard]] Value root() const { return Value(this, 0); }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

 private:
  Document() = default;
  friend class Edits;
  friend class Value;
  Result<void> index();
  std::string_view text_;
  std::unique_ptr<std::string> owned_;
  std::vector<Node> nodes_;
};

// On every event's way: short enough to be inlined.

inline Kind Value::kind() const { return document_ == nullptr ? Kind::kNull : document_->nodes_[node_].kind; }

inline std::string_view Value::raw() const {
  if (document_ == nullptr) return "";
  const Node& node = document_->nodes_[node_];
  return {document_->text_.data() + node.begin, node.end - node.begin};
}

inline std::string_view Value::escaped() const {
  if (!is_string()) return "";
  const std::string_view token = raw();
  return {token.data() + 1, token.size() - 2};
}

inline bool Value::equals(std::string_view plain) const {
  if (document_ == nullptr) return false;
  const Node& node = document_->nodes_[node_];
  if (node.kind != Kind::kString) return false;
  if (node.escaped) return equals_unescaped(plain);
  return node.end - node.begin == plain.size() + 2 &&
         std::memcmp(document_->text_.data() + node.begin + 1, plain.data(), plain.size()) == 0;
}

template <class Item>
class Value::Range {
 public:
  class Iterator;
  Range(const Document* document, std::uint32_t first, std::uint32_t last)
      : document_(document), first_(first), last_(last) {}
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

 private:
  const Document* document_;
  std::uint32_t first_;
  std::uint32_t last_;
};

template <class Item>
class Value::Range<Item>::Iterator {
 public:
  using value_type = Item;
  using difference_type = std::ptrdiff_t;
  Iterator(const Document* document, std::uint32_t node) : document_(document), node_(node) {}
  Item operator*() const;
  Iterator& operator++();
  bool operator==(const Iterator& other) const { return node_ == other.node_; }

 private:
  const Document* document_;
  std::uint32_t node_;
};

template <class Item>
auto Value::Range<Item>::begin() const -> Iterator {
  return Iterator(document_, first_);
}

template <class Item>
auto Value::Range<Item>::end() const -> Iterator {
  return Iterator(document_, last_);
}

template <class Item>
Item Value::Range<Item>::Iterator::operator*() const {
  if constexpr (std::is_same_v<Item, Member>) {
    return Member(Value(document_, node_), Value(document_, node_ + 1));
  } else {
    return Value(document_, node_);
  }
}

template <class Item>
auto Value::Range<Item>::Iterator::operator++() -> Iterator& {
  const std::uint32_t last = std::is_same_v<Item, Member> ? node_ + 1 : node_;
  node_ = document_->nodes()[last].next;
  return *this;
}

// The name of the first member of `object` that stands twice by its unescaped key and for which `controlled` holds;
// empty when none. Libraries disagree which of two members counts, so a gateway must refuse them.
std::string duplicate_key(Value object, const std::vector<std::string_view>& controlled);

// Reads strings -------------------------------------------------------------------------------------------------

// True when `inside` can stand between the quotes of a JSON string as it is: UTF-8, no quote or control character that
// is not escaped, every escape right.
bool is_string_inside(std::string_view inside);

// Unescapes the inside of a string token. A lone surrogate escape becomes U+FFFD.
std::string unescape(std::string_view escaped);

// Edits ---------------------------------------------------------------------------------------------------------

// A list of range edits over one document's text. Collect in any order, then pieces() gives the edited text as views
// over the original and over the texts held here. Commas come out right also when neighbours or all members go.
// Overlapping edits: the outer one wins (erasing a member drops the edits inside it); of two over the same range, the
// later call. The document must not move meanwhile.
class Edits {
 public:
  explicit Edits(const Document& document) : document_(&document) {}

  void erase_member(Value object, Value key);          // a member of `object`, by its key value
  void erase_element(Value array, std::size_t index);  // walks to the index: for many, give the element itself
  void erase_element(Value array, Value element);
  void replace(Value value, std::string text);  // text: valid JSON
  void replace_range(std::size_t begin, std::size_t end, std::string text);
  void append_member(Value object, std::string_view key, std::string_view json);   // last in the object
  void prepend_member(Value object, std::string_view key, std::string_view json);  // first; before earlier prepends
  void append_element(Value array, std::string_view json);

  [[nodiscard]] bool empty() const;

  // The edited text as consecutive non-empty views; valid as long as the document's text and this object.
  [[nodiscard]] std::vector<std::string_view> pieces() const;
  [[nodiscard]] std::string joined() const;

 private:
  enum class Place : std::uint8_t { kRange, kErase, kPrepend, kAppend };
  struct Edit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
    std::uint32_t container = UINT32_MAX;  // node of the container, for comma repair; UINT32_MAX for plain ranges
    Place place = Place::kRange;
  };
  struct Resolved {  // an edit that needs no more comma repair
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view text;
    std::size_t rank = 0;
  };
  std::vector<Resolved> resolve() const;
  void resolve_container(std::span<const Edit* const> edits, std::vector<Resolved>& out) const;
  void insert(Value container, Place place, std::string text);
  const Document* document_;
  std::deque<Edit> edits_;  // deque: views into texts stay valid
};

// Writing -------------------------------------------------------------------------------------------------------

// Appends `text` to `out`, escaped for the inside of a JSON string (without quotes). Control characters, quotes and
// backslashes only; UTF-8 passes through.
void append_escaped(std::string& out, std::string_view text);
std::string quoted(std::string_view text);  // with quotes

// Appends JSON to a string; keeps track of commas. Compact form, no spaces.
//   Writer w(out); w.begin_object(); w.member("a", 1); w.key("b"); w.raw("[1]"); w.end_object();
class Writer {
 public:
  explicit Writer(std::string& out) : out_(&out) {}
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view plain);  // escaped as needed
  void key_escaped(std::string_view escaped);
  void raw(std::string_view json);        // a whole value, copied as it is
  void string(std::string_view plain);    // escaped as needed
  void escaped(std::string_view inside);  // an already escaped string inside, quotes are added
  void integer(std::int64_t value);
  void boolean(bool value);
  void null();

  void member(std::string_view k, std::string_view plain) {
    key(k);
    string(plain);
  }
  void member(std::string_view k, const char* plain) {
    key(k);
    string(plain);
  }
  void member(std::string_view k, std::int64_t value) {
    key(k);
    integer(value);
  }
  void member(std::string_view k, int value) {
    key(k);
    integer(value);
  }
  void member(std::string_view k, bool value) {
    key(k);
    boolean(value);
  }
  void member_raw(std::string_view k, std::string_view json) {
    key(k);
    raw(json);
  }

 private:
  void separate();
  std::string* out_;
  bool comma_ = false;
};

}  // namespace stargate::codec::json
