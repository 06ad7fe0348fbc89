// The section `stargate:`, Stargate's own.
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <string>

#include "app/config_sections.h"
#include "aws/endpoint.h"

namespace stargate::app {
namespace {

constexpr std::size_t kSha256HexBytes = 64;
constexpr std::int64_t kHeaderFieldsMax = 10'000;
constexpr std::int64_t kConnectionsMax = 10'000'000;
constexpr std::size_t kBodyBytesHardMax = std::size_t{1} << 30;

void set(Duration& into, std::optional<Duration> value) {
  if (value) into = *value;
}

void set(std::size_t& into, std::optional<std::size_t> value) {
  if (value) into = *value;
}

void set(std::size_t& into, std::optional<std::int64_t> value) {
  if (value) into = static_cast<std::size_t>(*value);
}

void set(std::string& into, std::optional<std::string> value) {
  if (value) into = std::move(*value);
}

// A time that must not be zero: zero would end every request at once.
void set_positive(MapReader& reader, std::string_view key, Duration& into) {
  const auto value = reader.duration(key);
  if (value && *value <= Duration::zero()) {
    reader.error(key, "the time must be longer than nothing", "a time such as 30s");
    return;
  }
  set(into, value);
}

void read_listen(MapReader& own, Config& config) {
  const auto text = own.text("listen");
  if (text && !parse_listen(*text, config.listen)) {
    own.error("listen", "'" + *text + "' is not ADDRESS:PORT with a numeric address",
              "0.0.0.0:4000, or [::]:4000 for IPv6");
  }
}

void read_tls(MapReader& own, Config& config) {
  const YamlNode* node = own.find("tls");
  if (node == nullptr) return;
  MapReader tls(own.reading(), *node, own.path_of("tls"));
  TlsFiles files;
  set(files.certificate_file, tls.text("certificate_file"));
  set(files.key_file, tls.text("key_file"));
  if (!tls.has("certificate_file")) tls.error("certificate_file", "certificate_file is missing", "a PEM file");
  if (!tls.has("key_file")) tls.error("key_file", "key_file is missing", "a PEM file");
  tls.finish(Section::kStargate);
  config.tls = std::move(files);
}

void read_limits(MapReader& own, Config& config) {
  const YamlNode* node = own.find("limits");
  if (node == nullptr) return;
  MapReader limits(own.reading(), *node, own.path_of("limits"));
  if (auto size = limits.size_bytes("body_size")) {
    if (*size == 0 || *size > kBodyBytesHardMax) limits.error("body_size", "a body is at most 1GiB", "32MiB");
    config.limits.body_bytes_max = *size;
  }
  set(config.limits.header_bytes_max, limits.size_bytes("header_size"));
  set(config.limits.header_fields_max, limits.integer("header_count", 1, kHeaderFieldsMax));
  set(config.limits.connections_max, limits.integer("connections", 1, kConnectionsMax));
  set_positive(limits, "head_timeout", config.limits.head_timeout);
  set_positive(limits, "body_timeout", config.limits.body_timeout);
  set_positive(limits, "idle_timeout", config.limits.idle_timeout);
  set_positive(limits, "write_timeout", config.limits.write_timeout);
  limits.finish(Section::kStargate);
}

void read_log(MapReader& own, Config& config) {
  const YamlNode* node = own.find("log");
  if (node == nullptr) return;
  MapReader log(own.reading(), *node, own.path_of("log"));
  if (auto form = log.one_of("form", {"json", "human"})) config.log_form = *parse_log_form(*form);
  if (auto level = log.one_of("level", {"debug", "info", "warn", "error"})) config.log_level = *parse_log_level(*level);
  log.finish(Section::kStargate);
}

void read_images(MapReader& own, Config& config) {
  const YamlNode* node = own.find("images");
  if (node == nullptr) return;
  MapReader images(own.reading(), *node, own.path_of("images"));
  config.images.enabled = images.boolean("fetch").value_or(config.images.enabled);
  set(config.images.bytes_max, images.size_bytes("size_max"));
  set_positive(images, "timeout", config.images.timeout);
  for (std::string& host : images.texts("url_allow_hosts")) config.images.allow_hosts.push_back(std::move(host));
  images.finish(Section::kStargate);
}

void read_deadlines(MapReader& own, Config& config) {
  const YamlNode* node = own.find("deadlines");
  if (node == nullptr) return;
  MapReader deadlines(own.reading(), *node, own.path_of("deadlines"));
  set_positive(deadlines, "connect", config.connect_timeout);
  set_positive(deadlines, "total", config.total_timeout);
  deadlines.finish(Section::kStargate);
}

void read_retries(MapReader& own, Config& config) {
  const YamlNode* node = own.find("retries");
  if (node == nullptr) return;
  MapReader retries(own.reading(), *node, own.path_of("retries"));
  set_positive(retries, "first_wait", config.retries.first_wait);
  set_positive(retries, "wait_max", config.retries.wait_max);
  retries.finish(Section::kStargate);
}

void read_key(const Reading& reading, const YamlNode& node, const std::string& path, Config& config) {
  MapReader reader(reading, node, path);
  if (!node.is_map()) return;
  ListedKey key;
  key.line = node.line;
  key.column = node.column;
  set(key.sha256, reader.text("sha256"));
  std::ranges::transform(key.sha256, key.sha256.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? char(c + 32) : c; });
  const bool hex = key.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!reader.has("sha256") || key.sha256.size() != kSha256HexBytes || !hex) {
    reader.error("sha256", "the SHA-256 of the key in 64 hex digits belongs here, never the key itself",
                 "the output of: printf %s \"$KEY\" | sha256sum");
  }
  set(key.alias, reader.text("alias"));
  set(key.user_id, reader.text("user_id"));
  key.models = reader.texts("models");
  reader.finish(Section::kStargate);
  const bool twice = std::ranges::any_of(config.keys, [&](const ListedKey& k) { return k.sha256 == key.sha256; });
  if (twice) reader.error("sha256", "this key is listed twice");
  config.keys.push_back(std::move(key));
}

void read_keys(MapReader& own, Config& config) {
  const YamlNode* node = own.find("keys");
  if (node == nullptr) return;
  if (!node->is_sequence()) own.error("keys", "a list of keys belongs here", "keys: [{sha256: ..., alias: ...}]");
  std::size_t index = 0;
  for (const YamlNode& item : node->items) {
    read_key(own.reading(), item, own.path_of("keys") + "[" + std::to_string(index++) + "]", config);
  }
}

void read_region(MapReader& own, Config& config) {
  auto region = own.text("region");
  if (!region) return;
  if (!aws::plausible_region(*region)) {
    own.error("region", "'" + *region + "' is no AWS region", "a name such as us-east-1");
    return;
  }
  config.default_region = std::move(*region);
}

}  // namespace

void read_stargate_settings(const Reading& reading, const YamlNode& node, Config& config) {
  MapReader own(reading, node, "stargate");
  read_listen(own, config);
  read_tls(own, config);
  if (auto threads = own.integer("worker_threads", 0, kWorkerThreadsMax)) {
    config.worker_threads = static_cast<int>(*threads);
  }
  read_limits(own, config);
  read_log(own, config);
  set_positive(own, "drain_deadline", config.drain_deadline);
  set_positive(own, "ping_interval", config.ping_interval);
  set(config.https_proxy, own.text("https_proxy"));
  set(config.http_proxy, own.text("http_proxy"));
  set(config.no_proxy, own.text("no_proxy"));
  set(config.ca_file, own.text("ca_file"));
  set(config.data_dir, own.text("data_dir"));
  set(config.models_file, own.text("models_file"));
  set(config.capabilities_file, own.text("capabilities_file"));
  read_region(own, config);
  read_images(own, config);
  read_deadlines(own, config);
  read_retries(own, config);
  config.debug_headers = own.boolean("debug_headers").value_or(config.debug_headers);
  config.allow_token_estimates = own.boolean("count_tokens_estimates").value_or(config.allow_token_estimates);
  read_keys(own, config);
  own.finish(Section::kStargate);
}

bool is_numeric_address(std::string_view text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string(text), error);
  return !error;
}

bool parse_listen(std::string_view text, ListenAddress& listen) {
  std::string_view address = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    address = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return false;
    if (!rest.empty()) port = rest.substr(1);
    if (address.empty() || (!rest.empty() && port.empty())) return false;
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    if (text.find(':', colon + 1) != std::string_view::npos) return false;
    address = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (port.empty()) return false;
  } else if (parse_integer(text)) {
    address = {};
    port = text;
  }
  if (!port.empty()) {
    const auto number = parse_integer(port);
    if (!number || *number < 0 || *number > kPortMax) return false;
    listen.port = static_cast<std::uint16_t>(*number);
  }
  if (!address.empty()) listen.address = address;
  return !text.empty() && (address.empty() || is_numeric_address(address));
}

std::optional<base::LogForm> parse_log_form(std::string_view text) {
  if (text == "json") return base::LogForm::kJson;
  if (text == "human") return base::LogForm::kHuman;
  return std::nullopt;
}

std::optional<base::LogLevel> parse_log_level(std::string_view text) {
  if (text == "debug") return base::LogLevel::kDebug;
  if (text == "info") return base::LogLevel::kInfo;
  if (text == "warn") return base::LogLevel::kWarn;
  if (text == "error") return base::LogLevel::kError;
  return std::nullopt;
}

}  // namespace stargate::app
