#include "sim/directives.h"

#include <charconv>
#include <cstddef>
#include <utility>

#include "codec/json.h"

namespace stargate::sim {
namespace {

constexpr std::string_view kOpen = "[[sim";
constexpr std::string_view kClose = "]]";
constexpr std::string_view kSpace = " \t\r\n";

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Length of the JSON string, object or array at the start of `text`; 0 when it does not end.
std::size_t json_length(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
    if (depth == 0 && !in_string) return i + 1;
  }
  return 0;
}

// Takes one directive apart: words, key=value, and JSON values.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  struct Item {
    std::string key;
    std::string value;
  };

  // False at the end, or when the directive is malformed.
  bool next(Item& item) {
    skip_space();
    if (rest_.empty() || rest_.starts_with(kClose)) return false;
    item = {};
    if (rest_.front() == '{') return take_json(item.value);
    item.key = take_word("=");
    if (!rest_.starts_with('=')) return !item.key.empty();
    rest_.remove_prefix(1);
    if (rest_.empty()) return false;
    if (rest_.front() == '"' || rest_.front() == '{' || rest_.front() == '[') return take_json(item.value);
    item.value = take_word("");
    return true;
  }

  [[nodiscard]] bool closed() const { return rest_.starts_with(kClose); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  void skip_space() {
    const auto place = rest_.find_first_not_of(kSpace);
    rest_.remove_prefix(place == std::string_view::npos ? rest_.size() : place);
  }
  std::string take_word(std::string_view stops) {
    std::size_t size = 0;
    while (size < rest_.size() && kSpace.find(rest_[size]) == std::string_view::npos &&
           stops.find(rest_[size]) == std::string_view::npos && !rest_.substr(size).starts_with(kClose)) {
      ++size;
    }
    std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }
  bool take_json(std::string& value) {
    const std::size_t size = json_length(rest_);
    if (size == 0) return false;
    const std::string_view json = rest_.substr(0, size);
    rest_.remove_prefix(size);
    value = json.front() == '"' ? codec::json::unescape(json.substr(1, json.size() - 2)) : std::string(json);
    return true;
  }

  std::string_view rest_;
};

void apply(const Scanner::Item& item, Directives& found) {
  if (item.key.empty() && !found.tools.empty()) {
    found.tools.back().input = item.value;
  } else if (item.key == "text") {
    found.text_tokens = whole(item.value);
  } else if (item.key == "say") {
    found.say = item.value;
  } else if (item.key == "think") {
    found.think_tokens = whole(item.value);
  } else if (item.key == "tool") {
    found.tools.push_back({.name = item.value, .input = {}});
  } else if (item.key == "json") {
    found.json = item.value;
  } else if (item.key == "stop") {
    found.stop_reason = item.value;
  } else if (item.key == "ttft_ms") {
    found.ttft_ms = whole(item.value);
  } else if (item.key == "tps") {
    found.tokens_per_second = whole(item.value);
  } else if (item.key == "fault") {
    if (auto fault = fault_named(item.value)) found.faults.push_back({.text = {}, .fault = std::move(*fault)});
  } else if (!found.faults.empty()) {
    set_fault_member(found.faults.back().fault, item.key, item.value);
  }
}

void append(Directives& to, Directives&& from, std::string_view text) {
  if (from.text_tokens) to.text_tokens = from.text_tokens;
  if (from.say) to.say = std::move(from.say);
  if (from.think_tokens) to.think_tokens = from.think_tokens;
  if (from.json) to.json = std::move(from.json);
  if (!from.stop_reason.empty()) to.stop_reason = std::move(from.stop_reason);
  if (from.ttft_ms) to.ttft_ms = from.ttft_ms;
  if (from.tokens_per_second) to.tokens_per_second = from.tokens_per_second;
  for (auto& tool : from.tools) to.tools.push_back(std::move(tool));
  for (auto& fault : from.faults) {
    fault.text = text;
    to.faults.push_back(std::move(fault));
  }
}

}  // namespace

void read_directives(std::string_view text, Directives& directives) {
  for (;;) {
    const auto place = text.find(kOpen);
    if (place == std::string_view::npos) return;
    text.remove_prefix(place);
    Scanner scanner(text.substr(kOpen.size()));
    Directives found;
    Scanner::Item item;
    while (scanner.next(item)) apply(item, found);
    if (scanner.closed()) {
      append(directives, std::move(found), text.substr(0, text.size() - scanner.rest().size()));
    }
    text.remove_prefix(kOpen.size());
  }
}

}  // namespace stargate::sim
