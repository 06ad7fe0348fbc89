// Completion scripts for bash, zsh and fish, made from the tables of cli.h.
#pragma once

#include <string>
#include <string_view>

namespace stargate::app {

// `shell`: "bash", "zsh" or "fish"; empty text for any other.
std::string completion_script(std::string_view shell);

}  // namespace stargate::app
