#include "sim/options.h"

#include <array>
#include <charconv>
#include <optional>

namespace stargate::sim {
namespace {

constexpr std::string_view kHelp = R"(stargate-sim: AWS Bedrock with Claude models, simulated.

It speaks Bedrock's HTTP API (InvokeModel, InvokeModelWithResponseStream, Converse, ConverseStream, CountTokens,
ListFoundationModels, ListInferenceProfiles), checks signatures, refuses what Bedrock refuses, and answers at no cost
what a prompt asks for: [[sim text=200 tokens]], [[sim tool=NAME {"a":1}]], [[sim fault=throttle times=1]] ...

  stargate-sim [flags]

  --listen ADDRESS:PORT      where to listen (127.0.0.1:4566; port 0: any free port)
  --cores N                  event loops (1)
  --tls                      HTTPS with a certificate made at the start; see --data-dir
  --data-dir DIR             where the certificate authority sim-ca.pem, sim-cert.pem and sim-key.pem are written (.)

  --access-key ID            key pair that callers must sign with (AWS_ACCESS_KEY_ID, else AKIDEXAMPLE)
  --secret-key SECRET        (AWS_SECRET_ACCESS_KEY, else AWS's published example)
  --session-token TOKEN      demand this session token (AWS_SESSION_TOKEN)
  --api-key KEY              Bedrock API key, sent as a bearer (AWS_BEARER_TOKEN_BEDROCK)
  --region REGION            take signatures for this region only (any)
  --clock-offset SECONDS     shift the clock that signatures are checked against (0)
  --no-auth                  check no credentials

  --ttft-ms MS               time to first token (0)
  --tokens-per-second N      speed of the answer (0: as fast as it is read)
  --delta-tokens N           tokens of text in one stream event (5)
  --bench-reply BYTES        answer every call with this much text, made once; directives, faults, bill and records are off
  --bench-chunks N           text deltas of that answer when it is streamed (1)

  --help

Its own endpoints, without signature:
  GET /_sim/health    GET|DELETE /_sim/bill    GET|DELETE /_sim/requests    POST|DELETE /_sim/faults    DELETE /_sim/cache
)";

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool set_listen(Options& options, std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto port = number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return false;
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  options.address = address.empty() ? "0.0.0.0" : std::string(address);
  options.port = *port;
  return true;
}

bool set_text(Options& options, std::string_view flag, const std::string& value) {
  AuthSettings& auth = options.settings.auth;
  if (flag == "--data-dir") return options.data_dir = value, true;
  if (flag == "--access-key") return auth.identity.access_key_id = value, true;
  if (flag == "--secret-key") return auth.identity.secret_access_key = Secret(value), true;
  if (flag == "--session-token") return auth.identity.session_token = Secret(value), true;
  if (flag == "--api-key") return auth.api_key = Secret(value), true;
  if (flag == "--region") return auth.region = value, true;
  return false;
}

bool set_number(Options& options, std::string_view flag, std::int64_t value) {
  Settings& settings = options.settings;
  if (flag == "--clock-offset") return settings.clock_offset = std::chrono::seconds(value), true;
  if (value < 0) return false;
  if (flag == "--ttft-ms") return settings.ttft = std::chrono::milliseconds(value), true;
  if (flag == "--tokens-per-second") return settings.tokens_per_second = value, true;
  if (flag == "--delta-tokens") return settings.delta_tokens = static_cast<std::size_t>(value), value > 0;
  if (flag == "--bench-reply") return settings.bench_reply_bytes = static_cast<std::size_t>(value), true;
  if (flag == "--bench-chunks") return settings.bench_chunks = static_cast<std::size_t>(value), value > 0;
  if (flag == "--cores") return options.cores = static_cast<unsigned>(value), value > 0;
  return false;
}

constexpr std::array<std::string_view, 6> kTextFlags = {"--data-dir",      "--access-key", "--secret-key",
                                                        "--session-token", "--api-key",    "--region"};

Result<void> set_flag(Options& options, std::string_view flag, const std::string& value) {
  for (const std::string_view known : kTextFlags) {
    if (flag == known && set_text(options, flag, value)) return {};
  }
  if (flag == "--listen") {
    if (set_listen(options, value)) return {};
  } else if (const auto whole = number<std::int64_t>(value)) {
    if (set_number(options, flag, *whole)) return {};
  }
  return base::client_error(ErrorCode::kBadRequest,
                            "cannot use \"" + std::string(flag) + " " + value + "\"; see stargate-sim --help");
}

void apply_environment(Options& options, const Environment& environment) {
  const auto value = [&](std::string_view name, std::string_view otherwise) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? std::string(otherwise) : found->second;
  };
  AuthSettings& auth = options.settings.auth;
  auth.identity.access_key_id = value("AWS_ACCESS_KEY_ID", kExampleAccessKey);
  auth.identity.secret_access_key = Secret(value("AWS_SECRET_ACCESS_KEY", kExampleSecretKey));
  auth.identity.session_token = Secret(value("AWS_SESSION_TOKEN", ""));
  auth.api_key = Secret(value("AWS_BEARER_TOKEN_BEDROCK", kExampleApiKey));
}

}  // namespace

Result<Options> read_options(const std::vector<std::string>& arguments, const Environment& environment) {
  Options options;
  apply_environment(options, environment);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string flag = arguments[i];
    if (flag == "--help" || flag == "-h") {
      options.help = true;
    } else if (flag == "--tls") {
      options.tls = true;
    } else if (flag == "--no-auth") {
      options.settings.auth.enabled = false;
    } else {
      std::string value;
      if (const auto equals = flag.find('='); equals != std::string::npos) {
        value = flag.substr(equals + 1);
        flag.resize(equals);
      } else if (++i < arguments.size()) {
        value = arguments[i];
      } else {
        return base::client_error(ErrorCode::kBadRequest, flag + " needs a value; see stargate-sim --help");
      }
      if (auto set = set_flag(options, flag, value); !set) return std::unexpected(std::move(set.error()));
    }
  }
  return options;
}

std::string_view help_text() { return kHelp; }

}  // namespace stargate::sim
