// What the shared AWS files (~/.aws/config, ~/.aws/credentials) say about region and endpoint, for deployments to which
// neither the configuration nor the environment gives one. Pure; config_read.h opens the files.
#pragma once

#include <vector>

#include "app/config.h"
#include "app/config_problem.h"
#include "aws/shared_config.h"

namespace stargate::app {

// Fills in the region and the default endpoint of every entry of config.models, by the profile of the entry
// (aws_profile_name), else AWS_PROFILE, AWS_DEFAULT_PROFILE or "default". Warns once when kDefaultRegion has to do.
void apply_shared_config(const aws::SharedConfig& files, Config& config, std::vector<Problem>& problems);

}  // namespace stargate::app
