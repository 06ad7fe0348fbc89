// The sections of LiteLLM's config.yaml beside model_list, and Stargate's own.
#pragma once

#include "app/config.h"
#include "app/config_reader.h"

namespace stargate::app {

void read_general_settings(const Reading& reading, const YamlNode& node, Config& config);
void read_litellm_settings(const Reading& reading, const YamlNode& node, Config& config);
void read_router_settings(const Reading& reading, const YamlNode& node, Config& config);
void read_stargate_settings(const Reading& reading, const YamlNode& node, Config& config);

// "0.0.0.0:4000", ":4000", "[::1]:4000", "4000", "127.0.0.1" (port unchanged). False: of no such form, or the address
// is a name; then `listen` may be changed in part.
bool parse_listen(std::string_view text, ListenAddress& listen);
std::optional<base::LogForm> parse_log_form(std::string_view text);
std::optional<base::LogLevel> parse_log_level(std::string_view text);

bool is_numeric_address(std::string_view text);

inline constexpr int kWorkerThreadsMax = 1024;
inline constexpr std::int64_t kPortMax = 65535;

}  // namespace stargate::app
