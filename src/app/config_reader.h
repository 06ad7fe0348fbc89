// Reads maps of a configuration member by member, with types, places and `os.environ/NAME`; then names every member
// that nobody asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/config_problem.h"
#include "app/known_keys.h"
#include "app/yaml.h"

namespace stargate::app {

// Shared by all readers of one file. Lives for one load_config call.
struct Reading {
  std::string file;
  const Environment* environment = nullptr;
  std::vector<Problem>* problems = nullptr;

  void report(Severity severity, int line, int column, std::string key, std::string message,
              std::string instead = {}) const;
  void error(const YamlNode& at, std::string key, std::string message, std::string instead = {}) const;
  void warn(const YamlNode& at, std::string key, std::string message, std::string instead = {}) const;
};

// A scalar after `os.environ/NAME` was followed. `plain`: may stand for a number or truth value.
struct ScalarText {
  std::string text;
  bool plain = false;
};

// The scalar's text; nullopt after reporting that it is no scalar or that the variable is not set.
std::optional<ScalarText> scalar_text(const Reading& reading, const YamlNode& node, const std::string& key);

// One map. Every getter marks its key as known and gives nullopt when the key is absent, null or (after a report) bad.
class MapReader {
 public:
  // A node that is null reads as an empty map; anything else but a map is reported.
  MapReader(const Reading& reading, const YamlNode& node, std::string path);

  [[nodiscard]] bool has(std::string_view key) const;
  const YamlNode* find(std::string_view key);  // nullptr when absent or null
  std::optional<std::string> text(std::string_view key);
  std::optional<Secret> secret(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<Duration> seconds(std::string_view key);        // LiteLLM: a number of seconds, may have decimals
  std::optional<Duration> duration(std::string_view key);       // "500ms", "30s", "5m", "1h", or seconds
  std::optional<std::size_t> size_bytes(std::string_view key);  // "32MiB", "20MB", "64KiB", or bytes
  std::optional<base::PicoUsd> pico_usd(std::string_view key);  // decimal dollars per token
  std::vector<std::string> texts(std::string_view key);         // a list; a lone scalar is a list of one
  std::optional<std::string> one_of(std::string_view key, std::initializer_list<std::string_view> words);

  void error(std::string_view key, std::string message, std::string instead = {}) const;
  void warn(std::string_view key, std::string message, std::string instead = {}) const;
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] const YamlNode& node() const { return *node_; }
  [[nodiscard]] const Reading& reading() const { return *reading_; }

  // Reports the members that were not asked for: known to LiteLLM (a warning), or to nobody (an error with a
  // suggestion). Call once, last.
  void finish(Section section) const;

 private:
  std::optional<ScalarText> scalar(std::string_view key);

  const Reading* reading_;
  const YamlNode* node_;
  std::string path_;
  std::vector<std::string> asked_;
};

// Text forms, for values that come from flags and environment variables too. nullopt: not of that form.
std::optional<bool> parse_boolean(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<Duration> parse_seconds(std::string_view text);
std::optional<Duration> parse_duration(std::string_view text);
std::optional<std::size_t> parse_size_bytes(std::string_view text);

}  // namespace stargate::app
