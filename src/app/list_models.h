// `stargate models`: what would be served, from where, at what price.
#pragma once

#include <ostream>

#include "app/config_read.h"

namespace stargate::app {

// Writes a table, or a JSON array with `json`. Returns the exit status: 1 when the configuration has errors, which then
// go to `err`.
int run_models(const ConfigRequest& request, bool json, std::ostream& out, std::ostream& err);

}  // namespace stargate::app
