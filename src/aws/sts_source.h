// Identities from STS: an assumed role, and a role for a web identity token. Internal to the chain.
#pragma once

#include <string>

#include "aws/chain_context.h"
#include "aws/sts.h"

namespace stargate::aws {

// `provider` names the place of the configuration in errors ("profile work"). An empty session name is filled in.
Walk<Found> assume_role(ChainContext& context, std::string provider, SigningIdentity base, RoleRequest request);
Walk<Found> assume_role_with_web_identity(ChainContext& context, std::string provider, RoleRequest request,
                                          std::string token);
// The same with the token in a file, which is read each time: its owner rotates it.
Walk<Found> assume_role_with_token_file(ChainContext& context, std::string provider, RoleRequest request,
                                        std::string path);

}  // namespace stargate::aws
