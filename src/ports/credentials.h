// What signs a call to AWS. Implemented by net's refreshing source (credential chain) and by static values.
#pragma once

#include <memory>
#include <string>

#include "aws/credentials.h"
#include "base/error.h"
#include "base/time.h"
#include "ports/cancel.h"
#include "ports/task.h"

namespace stargate::ports {

class Credentials {
 public:
  virtual ~Credentials() = default;
  // Valid credentials from memory when there are any; waits up to `patience` for the one refresh in flight otherwise.
  // Null: not yet, call again.
  // Errors: kNotConfigured (nothing in the chain), kUnavailable (configured, but could not be had; message says where),
  // kCancelled (only the waiting ends, the refresh goes on). `cancel` outlives the waiting.
  virtual Task<Result<std::shared_ptr<const aws::SigningIdentity>>> get(Duration patience, Cancel& cancel) = 0;
  // The upstream refused these: fetch anew at the next get() unless others are there already.
  virtual void refused(const aws::SigningIdentity& identity) = 0;
};

}  // namespace stargate::ports
