// Identities from the shared files: roles, SSO, keys, credential_process. Internal to the chain.
#pragma once

#include <string>
#include <vector>

#include "aws/chain_context.h"

namespace stargate::aws {

// The active profile, and web identity from the environment at its place in the order. The files must be loaded.
Walk<Found> profile_identity(ChainContext& context);

}  // namespace stargate::aws
