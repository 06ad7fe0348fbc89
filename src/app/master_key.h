// The master key when the configuration names none: made once, kept beside the data, used again at every start.
#pragma once

#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace stargate::app {

struct MasterKey {
  Secret key;
  std::string file;
  bool is_new = false;  // just generated: show it, this once
};

// Reads <data_dir>/master_key, or makes it: "sk-" and 32 random bytes as base64url. The directory gets mode 0700 when
// it is made, the file 0600 in any case. Several processes may start at once: they agree on one key. Errors: kInternal
// with the path and the system's reason; a file without a key in it is one.
Result<MasterKey> keep_master_key(const std::string& data_dir);

}  // namespace stargate::app
