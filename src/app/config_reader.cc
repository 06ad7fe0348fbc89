#include "app/config_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "app/config_price.h"
#include "policy/suggest.h"

namespace stargate::app {
namespace {

constexpr std::string_view kEnvironmentPrefix = "os.environ/";

std::string number_instead(std::int64_t min, std::int64_t max) {
  return "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
}

}  // namespace

void Reading::report(Severity severity, int line, int column, std::string key, std::string message,
                     std::string instead) const {
  problems->push_back({severity, file, line, column, std::move(key), std::move(message), std::move(instead)});
}

void Reading::error(const YamlNode& at, std::string key, std::string message, std::string instead) const {
  report(Severity::kError, at.line, at.column, std::move(key), std::move(message), std::move(instead));
}

void Reading::warn(const YamlNode& at, std::string key, std::string message, std::string instead) const {
  report(Severity::kWarning, at.line, at.column, std::move(key), std::move(message), std::move(instead));
}

std::optional<ScalarText> scalar_text(const Reading& reading, const YamlNode& node, const std::string& key) {
  if (!node.is_scalar()) {
    reading.error(node, key, "a single value belongs here, not a list or map");
    return std::nullopt;
  }
  if (!node.text.starts_with(kEnvironmentPrefix)) return ScalarText{node.text, node.plain};
  const std::string name = node.text.substr(kEnvironmentPrefix.size());
  const auto found = reading.environment->find(name);
  if (found == reading.environment->end()) {
    reading.error(node, key, "the environment variable " + name + " is not set",
                  "export " + name + "=... before the start, or write the value here");
    return std::nullopt;
  }
  return ScalarText{found->second, true};
}

MapReader::MapReader(const Reading& reading, const YamlNode& node, std::string path)
    : reading_(&reading), node_(&node), path_(std::move(path)) {
  if (!node.is_map() && !node.is_null()) reading.error(node, path_, "a map of settings belongs here");
}

bool MapReader::has(std::string_view key) const {
  const YamlNode* found = node_->find(key);
  return found != nullptr && !found->is_null();
}

const YamlNode* MapReader::find(std::string_view key) {
  asked_.emplace_back(key);
  const YamlNode* found = node_->find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string MapReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void MapReader::error(std::string_view key, std::string message, std::string instead) const {
  const YamlNode* at = node_->find(key);
  reading_->error(at == nullptr ? *node_ : *at, path_of(key), std::move(message), std::move(instead));
}

void MapReader::warn(std::string_view key, std::string message, std::string instead) const {
  const YamlNode* at = node_->find(key);
  reading_->warn(at == nullptr ? *node_ : *at, path_of(key), std::move(message), std::move(instead));
}

std::optional<ScalarText> MapReader::scalar(std::string_view key) {
  const YamlNode* found = find(key);
  if (found == nullptr) return std::nullopt;
  return scalar_text(*reading_, *found, path_of(key));
}

std::optional<std::string> MapReader::text(std::string_view key) {
  auto found = scalar(key);
  if (!found) return std::nullopt;
  return std::move(found->text);
}

std::optional<Secret> MapReader::secret(std::string_view key) {
  auto found = text(key);
  if (!found) return std::nullopt;
  return Secret(std::move(*found));
}

std::optional<bool> MapReader::boolean(std::string_view key) {
  const auto found = scalar(key);
  if (!found) return std::nullopt;
  const auto value = parse_boolean(found->text);
  if (!value) error(key, "'" + found->text + "' is neither true nor false", "true or false");
  return value;
}

std::optional<std::int64_t> MapReader::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const auto found = scalar(key);
  if (!found) return std::nullopt;
  const auto value = parse_integer(found->text);
  if (value && *value >= min && *value <= max) return value;
  error(key, "'" + found->text + "' does not fit", number_instead(min, max));
  return std::nullopt;
}

std::optional<Duration> MapReader::seconds(std::string_view key) {
  const auto found = scalar(key);
  if (!found) return std::nullopt;
  const auto value = parse_seconds(found->text);
  if (!value) error(key, "'" + found->text + "' is not a number of seconds", "seconds, such as 600 or 0.5");
  return value;
}

std::optional<Duration> MapReader::duration(std::string_view key) {
  const auto found = scalar(key);
  if (!found) return std::nullopt;
  const auto value = parse_duration(found->text);
  if (!value) error(key, "'" + found->text + "' is not a time", "a time such as 500ms, 30s, 5m or 1h");
  return value;
}

std::optional<std::size_t> MapReader::size_bytes(std::string_view key) {
  const auto found = scalar(key);
  if (!found) return std::nullopt;
  const auto value = parse_size_bytes(found->text);
  if (!value) error(key, "'" + found->text + "' is not a size", "a size such as 64KiB, 32MiB, or a number of bytes");
  return value;
}

std::optional<base::PicoUsd> MapReader::pico_usd(std::string_view key) {
  const auto found = scalar(key);
  if (!found) return std::nullopt;
  const auto value = parse_dollars_per_token(found->text);
  if (value) return *value;
  error(key, value.error().message, "dollars per token, such as 0.000003 or 3e-06 ($3 per million)");
  return std::nullopt;
}

std::vector<std::string> MapReader::texts(std::string_view key) {
  std::vector<std::string> out;
  const YamlNode* found = find(key);
  if (found == nullptr) return out;
  if (!found->is_sequence()) {
    if (auto one = scalar_text(*reading_, *found, path_of(key))) out.push_back(std::move(one->text));
    return out;
  }
  for (const YamlNode& item : found->items) {
    if (auto one = scalar_text(*reading_, item, path_of(key))) out.push_back(std::move(one->text));
  }
  return out;
}

std::optional<std::string> MapReader::one_of(std::string_view key, std::initializer_list<std::string_view> words) {
  auto found = text(key);
  if (!found || std::ranges::find(words, std::string_view(*found)) != words.end()) return found;
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  error(key, "'" + *found + "' is not one of the choices", "one of: " + list);
  return std::nullopt;
}

void MapReader::finish(Section section) const {
  std::vector<std::string_view> candidates(asked_.begin(), asked_.end());
  const auto& known = litellm_keys(section);
  candidates.insert(candidates.end(), known.begin(), known.end());
  for (const YamlMember& member : node_->members) {
    if (std::ranges::find(asked_, member.key) != asked_.end()) continue;
    if (known_to_litellm(section, member.key)) {
      reading_->report(Severity::kWarning, member.line, member.column, path_of(member.key),
                       "known to LiteLLM, not supported by Stargate yet: it has no effect");
      continue;
    }
    const std::string close = policy::closest(member.key, candidates);
    reading_->report(Severity::kError, member.line, member.column, path_of(member.key), "there is no such key",
                     close.empty() ? "remove it" : close);
  }
}

std::optional<bool> parse_boolean(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  // LiteLLM reads YAML 1.1, where yes/no and on/off are truth values; environment variables say 1 and 0.
  if (lower == "true" || lower == "yes" || lower == "on" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "off" || lower == "0") return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Duration> parse_seconds(std::string_view text) {
  constexpr std::int64_t kSecondsMax = 1'000'000'000;  // keeps nanoseconds within 64 bits
  const std::size_t point = text.find('.');
  const auto whole = parse_integer(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > kSecondsMax || text.starts_with('-')) return std::nullopt;
  Duration value = std::chrono::seconds(*whole);
  if (point == std::string_view::npos) return value;
  Duration unit = std::chrono::seconds(1);
  for (const char c : text.substr(point + 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    unit /= 10;
    value += unit * (c - '0');
  }
  return value;
}

std::optional<Duration> parse_duration(std::string_view text) {
  using std::chrono::hours, std::chrono::milliseconds, std::chrono::minutes, std::chrono::seconds;
  const std::size_t unit_at = text.find_first_not_of("0123456789.");
  if (unit_at == std::string_view::npos) return parse_seconds(text);
  const std::string_view unit = text.substr(unit_at);
  const auto number = parse_seconds(text.substr(0, unit_at));
  if (!number) return std::nullopt;
  constexpr std::int64_t kNumberMax = 1'000'000;
  if (*number > seconds(kNumberMax)) return std::nullopt;
  if (unit == "ms") return *number / 1000;
  if (unit == "s") return *number;
  if (unit == "m") return *number * 60;
  if (unit == "h") return *number * 3600;
  return std::nullopt;
}

std::optional<std::size_t> parse_size_bytes(std::string_view text) {
  constexpr std::int64_t kNumberMax = std::int64_t{1} << 33;
  const std::size_t unit_at = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer(text.substr(0, unit_at));
  if (!number || *number > kNumberMax) return std::nullopt;
  std::string_view unit = text.substr(unit_at);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const auto bytes = static_cast<std::size_t>(*number);
  if (unit.empty() || unit == "B") return bytes;
  if (unit == "KiB") return bytes << 10;
  if (unit == "MiB") return bytes << 20;
  if (unit == "GiB") return bytes << 30;
  if (unit == "kB" || unit == "KB") return bytes * 1000;
  if (unit == "MB") return bytes * 1'000'000;
  if (unit == "GB") return bytes * 1'000'000'000;
  return std::nullopt;
}

}  // namespace stargate::app
