#include "aws/shared_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace stargate::aws {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// A comment inside a line needs a blank before it: keys may hold '#'.
std::string_view without_comment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i) {
    if ((value[i] == '#' || value[i] == ';') && kBlank.contains(value[i - 1])) return trimmed(value.substr(0, i));
  }
  return trimmed(value.starts_with('#') || value.starts_with(';') ? std::string_view() : value);
}

std::string_view unquoted(std::string_view name) {
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front()) {
    return name.substr(1, name.size() - 2);
  }
  return name;
}

// Which map a section's settings go to; nullptr: a section that means nothing to us.
ConfigSection* config_section(std::string_view title, SharedConfig& into) {
  const std::size_t blank = title.find_first_of(kBlank);
  const std::string_view kind = title.substr(0, blank);
  const std::string name(blank == std::string_view::npos ? std::string_view() : unquoted(trimmed(title.substr(blank))));
  if (name.empty()) return title == "default" ? &into.config["default"] : nullptr;
  if (kind == "profile") return &into.config[name];
  if (kind == "sso-session") return &into.sso_sessions[name];
  if (kind == "services") return &into.services[name];
  return nullptr;
}

ConfigSection* credentials_section(std::string_view title, SharedConfig& into) {
  return &into.credentials[std::string(unquoted(title))];
}

using FindSection = ConfigSection* (*)(std::string_view title, SharedConfig& into);

// Reads one file, line by line. Owned by one call.
class Reader {
 public:
  Reader(SharedConfig& into, FindSection find) : into_(&into), find_(find) {}

  // nullptr: the line was fine, else what is wrong.
  const char* line(std::string_view text) {
    const bool indented = !text.empty() && kBlank.contains(text.front());
    const std::string_view inner = trimmed(text);
    if (inner.empty() || inner.front() == '#' || inner.front() == ';') return nullptr;
    if (inner.front() == '[' && !indented) return header(inner);
    if (!in_section_) return "a setting before the first section";
    return indented && !key_.empty() ? continuation(inner) : setting(inner);
  }

 private:
  const char* header(std::string_view inner) {
    const std::size_t end = inner.find(']');
    if (end == std::string_view::npos) return "a section without its closing bracket";
    const std::string_view rest = trimmed(inner.substr(end + 1));
    if (!rest.empty() && rest.front() != '#' && rest.front() != ';') return "text behind a section's name";
    const std::string_view title = trimmed(inner.substr(1, end - 1));
    if (title.empty()) return "a section without a name";
    section_ = find_(title, *into_);
    in_section_ = true;
    key_.clear();
    return nullptr;
  }

  const char* setting(std::string_view inner) {
    const std::size_t equal = inner.find('=');
    if (equal == std::string_view::npos) return "a setting without '='";
    const std::string_view name = trimmed(inner.substr(0, equal));
    if (name.empty()) return "a setting without a name";
    key_ = lower(name);
    const std::string_view value = without_comment(inner.substr(equal + 1));
    nested_ = value.empty();
    if (section_ != nullptr) (*section_)[key_] = value;
    return nullptr;
  }

  const char* continuation(std::string_view inner) {
    if (!nested_) {
      if (section_ != nullptr) (*section_)[key_].append("\n").append(inner);
      return nullptr;
    }
    const std::size_t equal = inner.find('=');
    if (equal == std::string_view::npos) return "a nested setting without '='";
    const std::string name = key_ + "." + lower(trimmed(inner.substr(0, equal)));
    if (section_ != nullptr) (*section_)[name] = without_comment(inner.substr(equal + 1));
    return nullptr;
  }

  SharedConfig* into_;
  FindSection find_;
  ConfigSection* section_ = nullptr;
  bool in_section_ = false;
  std::string key_;      // the last setting of the section
  bool nested_ = false;  // it had no value: what is indented below it are its own settings
};

Result<void> parse(std::string_view text, SharedConfig& into, FindSection find) {
  if (text.size() > kSharedConfigBytesMax) return base::fail(ErrorCode::kBadRequest, "the file is too large");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark, as some editors leave it
  Reader reader(into, find);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const char* wrong = reader.line(line)) {
      return base::fail(ErrorCode::kBadRequest, fmt::format("line {}: {}", number, wrong));
    }
  }
  return {};
}

}  // namespace

std::string_view find_setting(const ConfigSections& sections, std::string_view section, std::string_view name) {
  const auto found = sections.find(section);
  if (found == sections.end()) return {};
  const auto value = found->second.find(name);
  return value == found->second.end() ? std::string_view() : std::string_view(value->second);
}

bool SharedConfig::has_profile(std::string_view profile) const {
  return config.contains(profile) || credentials.contains(profile);
}

std::string_view SharedConfig::setting(std::string_view profile, std::string_view name) const {
  const std::string_view value = find_setting(credentials, profile, name);
  return value.empty() ? find_setting(config, profile, name) : value;
}

Result<void> parse_config_file(std::string_view text, SharedConfig& into) { return parse(text, into, config_section); }

Result<void> parse_credentials_file(std::string_view text, SharedConfig& into) {
  return parse(text, into, credentials_section);
}

}  // namespace stargate::aws
