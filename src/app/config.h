// The configuration as values: LiteLLM's config.yaml as it is, and Stargate's own settings under `stargate:`.
//
// load_config is pure: text, environment and flags in, values and every problem out. It opens no file; config_read.h
// does. Order of precedence, strongest first: flags, environment variables, file, built-in defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_problem.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/money.h"
#include "base/secret.h"
#include "base/time.h"
#include "policy/catalog.h"

namespace stargate::app {

using Environment = std::map<std::string, std::string, std::less<>>;

// LiteLLM's default when the file, the environment and the AWS profile name no region.
inline constexpr std::string_view kDefaultRegion = "us-west-2";
inline constexpr std::uint16_t kDefaultPort = 4000;

struct ListenAddress {
  std::string address = "0.0.0.0";  // IPv4, or IPv6 without brackets
  std::uint16_t port = kDefaultPort;
  bool operator==(const ListenAddress&) const = default;
};

struct TlsFiles {
  std::string certificate_file;  // PEM, the whole chain
  std::string key_file;          // PEM
};

struct ServerLimits {
  std::size_t body_bytes_max = base::kBodyBytesMax;
  std::size_t header_bytes_max = std::size_t{64} * 1024;
  std::size_t header_fields_max = 128;
  std::size_t connections_max = 20'000;
  Duration head_timeout = std::chrono::seconds(15);   // from the first byte of a request to the end of its head
  Duration body_timeout = std::chrono::seconds(60);   // between two bytes of a body
  Duration idle_timeout = std::chrono::seconds(120);  // keep-alive
  Duration write_timeout = std::chrono::seconds(60);  // a client that takes nothing for so long is given up
};

struct ImageFetching {
  bool enabled = true;
  std::size_t bytes_max = std::size_t{20} * 1024 * 1024;
  Duration timeout = std::chrono::seconds(20);
  // Hosts that may be fetched from even when their address is private: the operator's own file servers.
  std::vector<std::string> allow_hosts;
};

struct RetrySettings {
  Duration first_wait = std::chrono::milliseconds(500);  // doubles with each retry
  Duration wait_max = std::chrono::seconds(8);
};

// A key that the file lists. The text of the key is never in the file, only its SHA-256.
struct ListedKey {
  int line = 0;
  int column = 0;
  std::string sha256;  // lower-case hex
  std::string alias;
  std::string user_id;
  std::vector<std::string> models;  // empty: all
};

// What the file says about prices, in pico-dollars per token; what it leaves out comes from the model table.
struct PriceOverrides {
  std::optional<base::PicoUsd> input, output, cache_read, cache_write_5m, cache_write_1h;
  std::int64_t long_context_from_tokens = 0;  // from "..._above_<N>k_tokens"
  std::optional<base::PicoUsd> long_input, long_output, long_cache_read, long_cache_write_5m, long_cache_write_1h;
  [[nodiscard]] bool any() const;
};

// Timeouts and retries that a deployment, the router section or the LiteLLM section may give.
struct CallSettings {
  std::optional<Duration> timeout;         // LiteLLM: longest wait for bytes
  std::optional<Duration> stream_timeout;  // the same for streams; upstream calls always stream
  std::optional<int> max_retries;
};

// One entry of model_list that Stargate can serve.
struct ModelEntry {
  int line = 0;  // of the model's name
  int column = 0;
  std::string path;        // "model_list[3]", for problems
  std::string model_name;  // as clients name it; may end in '*'
  std::string bedrock_id;  // from `model`: bare id, profile id, ARN, or "*"
  std::string invoke_id;   // litellm_params.model_id: goes in the path instead, empty when absent
  std::string region;      // as written or as the id's ARN says; empty: the default
  std::string id;          // model_info.id
  std::string base_model;  // model_info.base_model
  std::string endpoint;    // override URL; empty: default_endpoint
  // What the environment and the AWS profile say together (config_aws.h); nullopt: Config::default_endpoint.
  std::optional<std::string> default_endpoint;
  policy::CredentialSpec credentials;
  PriceOverrides prices;
  std::optional<std::int64_t> context_tokens;
  std::optional<std::int64_t> max_output_tokens;
  std::optional<std::int64_t> default_max_tokens;
  std::string default_members = "{}";
  std::vector<std::string> drop_fields;
  std::optional<bool> drop_params;
  std::optional<std::int64_t> weight, rpm, tpm;
  int order = 0;
  CallSettings calls;
};

struct Config {
  ListenAddress listen;
  std::optional<TlsFiles> tls;
  int worker_threads = 0;  // 0: one per processor
  ServerLimits limits;
  base::LogForm log_form = base::LogForm::kJson;
  base::LogLevel log_level = base::LogLevel::kInfo;
  Duration drain_deadline = std::chrono::seconds(30);
  Duration ping_interval = std::chrono::seconds(10);  // silence before a sign of life is sent on a stream
  std::string https_proxy;                            // for https:// endpoints: URL; empty: none
  std::string http_proxy;                             // for http:// endpoints: URL; empty: none
  std::string no_proxy;                               // comma-separated, as in NO_PROXY
  std::string ca_file;                                // PEM; empty: the system's roots
  std::string data_dir = "data";
  std::string models_file;        // empty: the built-in table
  std::string capabilities_file;  // empty: the built-in table
  std::string default_region;     // of the file, else of the environment; empty: the AWS profile's, else kDefaultRegion
  std::string default_endpoint;   // AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_ENDPOINT_URL; empty: AWS by rule
  bool fips = false;              // AWS_USE_FIPS_ENDPOINT
  Secret master_key;              // empty: none configured
  std::vector<ListedKey> keys;
  std::vector<ModelEntry> models;
  std::map<std::string, std::string, std::less<>> aliases;
  std::set<std::string, std::less<>> hidden_aliases;
  bool drop_params = false;
  CallSettings calls;  // router_settings over litellm_settings
  Duration connect_timeout = std::chrono::seconds(5);
  Duration total_timeout = std::chrono::seconds(3600);
  RetrySettings retries;
  ImageFetching images;
  bool debug_headers = false;          // name what was dropped or changed in a response header
  bool allow_token_estimates = false;  // count_tokens by estimate where Bedrock has no exact count
  Environment environment;             // the process's, with `environment_variables` of the file laid over it
};

// What the command line says; strongest of all.
struct Overrides {
  std::optional<std::string> listen;
  std::optional<std::string> host;
  std::optional<std::string> port;
  std::optional<std::string> threads;
  std::optional<std::string> log_form;
  std::optional<std::string> log_level;
  std::optional<std::string> data_dir;
};

// `config` holds what could be read and must not be served from when there are errors.
struct ConfigOutcome {
  Config config;
  std::vector<Problem> problems;  // in file order
  [[nodiscard]] bool ok() const { return !has_errors(problems); }
};

ConfigOutcome load_config(std::string_view text, const std::string& file, const Environment& environment,
                          const Overrides& overrides);

}  // namespace stargate::app
