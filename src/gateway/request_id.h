// Identifiers of requests.
#pragma once

#include <string>
#include <string_view>

#include "ports/env.h"

namespace stargate::gateway {

std::string new_request_id(ports::Env& env);  // "req_" and 24 hex digits
std::string new_uuid(ports::Env& env);        // version 4

// An identifier that a client sent and that may be repeated in headers and logs: 1 to 128 of [A-Za-z0-9._:-].
bool plausible_id(std::string_view text);

// The call's id: what the client sent (x-litellm-call-id) when that is plausible, else a new one.
std::string call_id_for(std::string_view sent, ports::Env& env);

}  // namespace stargate::gateway
