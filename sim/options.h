// The command line of stargate-sim.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sim/bedrock.h"

namespace stargate::sim {

// AWS's published example key pair: known to everybody, good for loopback.
inline constexpr std::string_view kExampleAccessKey = "AKIDEXAMPLE";
inline constexpr std::string_view kExampleSecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
inline constexpr std::string_view kExampleApiKey = "bedrock-api-key-simulator";

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 4566;
  unsigned cores = 1;
  bool tls = false;
  std::string data_dir = ".";
  bool help = false;
  Settings settings;
};

using Environment = std::map<std::string, std::string, std::less<>>;

// Flags win over the environment. Errors: kBadRequest with a sentence for the user.
Result<Options> read_options(const std::vector<std::string>& arguments, const Environment& environment);

std::string_view help_text();

}  // namespace stargate::sim
