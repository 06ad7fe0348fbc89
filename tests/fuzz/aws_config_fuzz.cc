// The shared files, command lines, times and credential documents: whatever stands in them, the answer is a value or an
// error, and an error never repeats a long run of the text (it may be a secret).
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/command_line.h"
#include "aws/credential_json.h"
#include "aws/shared_config.h"
#include "aws/timestamp.h"

namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI";

template <class T>
void expect_discreet(const stargate::Result<T>& result) {
  if (!result && result.error().message.find(kSecret) != std::string::npos &&
      result.error().type.find(kSecret) == std::string::npos) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  stargate::aws::SharedConfig shared;
  expect_discreet(stargate::aws::parse_config_file(text, shared));
  expect_discreet(stargate::aws::parse_credentials_file(text, shared));
  expect_discreet(stargate::aws::split_command_line(text));
  expect_discreet(stargate::aws::parse_metadata_credentials(text));
  expect_discreet(stargate::aws::parse_process_credentials(text));
  expect_discreet(stargate::aws::parse_sso_token(text));
  expect_discreet(stargate::aws::parse_sso_credentials(text));
  stargate::aws::parse_amz_date(text);
  stargate::aws::parse_http_date(text);
  if (const auto time = stargate::aws::parse_iso8601(text)) {
    // To the second, what is written is what was read.
    const auto again = stargate::aws::parse_iso8601(stargate::aws::format_iso8601(*time));
    if (again && *again > *time) std::abort();
  }
  return 0;
}
