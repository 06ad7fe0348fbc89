// GET /v1/models and /v1/models/{id}: the names that the caller may use, in OpenAI's or Anthropic's form.
#pragma once

#include "gateway/call.h"

namespace stargate::gateway {

Task<Result<void>> list_models(Call& call);
Task<Result<void>> show_model(Call& call);

}  // namespace stargate::gateway
