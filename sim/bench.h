// Answers made once, for measuring a gateway against a simulator that costs almost nothing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace stargate::sim {

std::string bench_message(std::size_t text_bytes);
// Event-stream frames of a whole stream with `chunks` (at least 1) text deltas.
std::vector<std::string> bench_frames(std::size_t text_bytes, std::size_t chunks);

}  // namespace stargate::sim
