// What is wrong with a configuration: collected all at once, each with its place and with what to write instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stargate::app {

enum class Severity : std::uint8_t { kWarning, kError };

// Never holds the value of a secret.
struct Problem {
  Severity severity = Severity::kError;
  std::string file;  // as named on the command line; empty for the environment and for flags
  int line = 0;      // from 1; 0: the problem has no place in the file
  int column = 0;
  std::string key;      // "model_list[2].litellm_params.rpm"
  std::string message;  // what is wrong
  std::string instead;  // what to write; may be empty
};

// "stargate.yaml:12:7: error: model_list[2]...: <message>\n    instead: <what to write>\n"
std::string to_text(const Problem& problem);

// By place in `first_file`, then those of other files, then those without a place; always the same order.
void sort_by_place(std::vector<Problem>& problems, std::string_view first_file);

bool has_errors(const std::vector<Problem>& problems);

}  // namespace stargate::app
