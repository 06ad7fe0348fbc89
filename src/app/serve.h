// `stargate serve`: from configuration to a running service, and its life by signals.
#pragma once

#include "app/config_read.h"

namespace stargate::app {

// Serves until SIGTERM or SIGINT, then drains: stops accepting, finishes what runs, up to the configured deadline; a
// second signal ends at once. SIGHUP reads the configuration, capability table and certificates again; what cannot be
// read is reported and the old one stays in force. Returns the exit status.
int run_serve(const ConfigRequest& request);

}  // namespace stargate::app
