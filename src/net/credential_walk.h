// Takes aws::CredentialChain through the real world: files and programs on a side thread, calls through the given
// upstream and never through a proxy.
#pragma once

#include <cstddef>
#include <string>

#include "aws/credential_chain.h"
#include "net/core.h"
#include "ports/cancel.h"
#include "ports/env.h"
#include "ports/upstream.h"

namespace stargate::net {

// The core that credentials are fetched on, and that core's upstream and environment. All three must outlive their
// user. Env::now() and Env::wall() are called from any thread, everything else on the core only.
struct CredentialHome {
  Core& core;
  ports::Upstream& upstream;
  ports::Env& env;
};

// A file of at most bytes_max, whole. Blocking.
aws::FileRead read_small_file(const std::string& path, std::size_t bytes_max);

// One walk, on the home's core. Errors: kNotConfigured (message: what was tried), kUnavailable or kBadRequest (message
// begins with the provider), kCancelled.
ports::Task<Result<aws::Done>> walk_credential_chain(CredentialHome home, aws::ChainSettings settings,
                                                     aws::Environment environment, ports::Cancel& cancel);

}  // namespace stargate::net
