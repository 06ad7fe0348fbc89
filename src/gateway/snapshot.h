// What a core serves from, as of the last reading of the configuration. Immutable and shared between cores; a reload
// hands every core a new one, and requests in progress keep theirs.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/time.h"
#include "policy/catalog.h"
#include "ports/credentials.h"

namespace stargate::gateway {

struct Settings {
  Duration ping_interval = std::chrono::seconds(10);           // silence after which a stream gets a sign of life
  std::size_t file_bytes_max = std::size_t{20} * 1024 * 1024;  // of one file fetched by URL
  std::size_t files_max = 20;                                  // files fetched by URL for one request
  bool fetch_files = true;
  bool show_losses = false;                                    // header x-stargate-losses
  Duration retry_wait_first = std::chrono::milliseconds(500);  // before the first retry; doubles with each
  Duration retry_wait_max = std::chrono::seconds(8);
  Duration health_cache = std::chrono::seconds(60);  // a probe's result is reused this long
};

struct Snapshot {
  std::shared_ptr<const policy::Catalog> catalog;
  // By Deployment::credentials_key.
  std::map<std::string, std::shared_ptr<ports::Credentials>, std::less<>> credentials;
  Settings settings;
};

}  // namespace stargate::gateway
