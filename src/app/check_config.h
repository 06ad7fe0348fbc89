// `stargate check-config FILE`: everything that is wrong, at once.
#pragma once

#include <ostream>
#include <string>

#include "app/config_read.h"

namespace stargate::app {

// Writes the problems and a summary line to `out`. Returns the exit status: 1 when there are errors, else 0.
int run_check_config(const ConfigRequest& request, std::ostream& out);

// "2 errors and 1 warning"
std::string count_problems(const std::vector<Problem>& problems);

}  // namespace stargate::app
