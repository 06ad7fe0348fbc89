// The simulator's own endpoints under /_sim/: faults, bill, requests, health, cache. Not signed: loopback tools.
#pragma once

#include <string>
#include <string_view>

#include "codec/http1.h"

namespace stargate::sim {

struct World;

struct ControlAnswer {
  int status = 200;
  std::string body;
};

//   GET /_sim/health      GET, DELETE /_sim/bill      GET, DELETE /_sim/requests
//   POST, DELETE /_sim/faults      DELETE /_sim/cache      DELETE /_sim/ (all of them)
ControlAnswer control(World& world, const codec::http1::RequestHead& head, std::string_view body);

}  // namespace stargate::sim
