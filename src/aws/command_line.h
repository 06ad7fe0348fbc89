// A command line as `credential_process` holds it, split into arguments without a shell. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace stargate::aws {

inline constexpr std::size_t kArgumentsMax = 256;

// POSIX quoting: '...' literally, "..." with \" \\ \$ \` escapes, a backslash outside quotes takes the next character.
// No expansion of any kind. Errors: kBadRequest (an open quote, nothing at all, too many arguments, a NUL byte).
Result<std::vector<std::string>> split_command_line(std::string_view text);

}  // namespace stargate::aws
