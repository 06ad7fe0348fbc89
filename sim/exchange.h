// One request of the simulator on its way from reading to its end.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "sim/bedrock.h"

namespace stargate::sim {

// Lives in serve()'s frame; the downstream outlives it.
struct Bedrock::Exchange {
  Exchange(ports::Downstream& given, std::string id, MonoTime now)
      : downstream(given), request_id(std::move(id)), started(now) {}

  ports::Downstream& downstream;
  std::string request_id;
  MonoTime started;
  std::string body;
  Call call;
  MonoTime first_byte;
};

}  // namespace stargate::sim
