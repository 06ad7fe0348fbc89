// Identities from an endpoint beside the process: a container's agent, an instance's metadata service. Internal to the
// chain.
#pragma once

#include "aws/chain_context.h"

namespace stargate::aws {

// AWS_ACCESS_KEY_ID and its fellows.
Found environment_keys(ChainContext& context);

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI (ECS, EKS Pod Identity). Plain http only to the addresses that
// AWS uses and to loopback: whoever sets the variable must not be able to send the token somewhere else in the clear.
Walk<Found> container_identity(ChainContext& context);

// IMDSv2. Version 1 is not spoken: it is what request-forgery attacks read.
Walk<Found> instance_identity(ChainContext& context);

}  // namespace stargate::aws
