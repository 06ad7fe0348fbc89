// Reads a configuration with everything it names: the one place where the configuration's files are opened. Used by
// serve (at start and on SIGHUP), check-config and models alike.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_catalog.h"

namespace stargate::app {

struct ConfigRequest {
  std::string file;  // empty: the built-in config/stargate.yaml; "-": standard input
  Overrides overrides;
  Environment environment;
};

struct ReadOutcome {
  Config config;
  Tables tables;
  std::vector<Problem> problems;
  [[nodiscard]] bool ok() const { return !has_errors(problems); }
};

// Reads, checks, and makes a trial catalog, so that every problem shows at once. When ok(), call build_catalog with the
// master key in force.
ReadOutcome read_configuration(const ConfigRequest& request);

// The configuration's name in messages, given what it was asked for by.
std::string shown_name(const std::string& file);

// The process's environment variables.
Environment process_environment();

}  // namespace stargate::app
