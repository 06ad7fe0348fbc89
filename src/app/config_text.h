// The bytes of a configuration's file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::app {

// Stands for standard input where a file is named.
inline constexpr std::string_view kStandardInput = "-";

// Reads a file, a pipe (process substitution, /dev/stdin) or standard input, whole and at most bytes_max of it. A pipe
// that says nothing for half a minute is given up, so that a reload cannot hang. Errors: kNotFound, kTooLarge,
// kUnavailable, each in words that follow the file's name.
Result<std::string> read_config_text(const std::string& file, std::size_t bytes_max);

// The folder that files named in the configuration stand relative to: the configuration's own, and the present one for
// what lies in no folder (a pipe, standard input, the built-in one).
std::string folder_of_config(const std::string& file);

}  // namespace stargate::app
