// Bedrock's control plane, as far as clients of models need it.
// Source: AWS Bedrock API reference, ListFoundationModels, GetFoundationModel, ListInferenceProfiles,
// GetInferenceProfile.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::sim {

// The answer to a GET. Errors: ResourceNotFoundException, ValidationException, UnknownOperationException (404).
Result<std::string> control_plane(std::string_view path, std::string_view query);

}  // namespace stargate::sim
