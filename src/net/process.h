// Runs a program without a shell and reads what it prints. Blocking: for a thread of its own, never for a core's.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"

namespace stargate::net {

struct ProcessResult {
  int exit_code = 0;    // 128 + signal when a signal ended it
  std::string out;      // standard output
  std::string trouble;  // not empty: could not be started, printed too much, was too slow, or was cancelled
};

// Standard input and error are /dev/null; no descriptor of ours is inherited; the program has a process group of its
// own, which is killed when it is too slow, prints more than bytes_max, or `cancel` becomes true (looked at every few
// milliseconds). The name is looked up in PATH when it has no slash. Nothing the program prints gets into `trouble`.
ProcessResult run_process(const std::vector<std::string>& argv, std::size_t bytes_max, Duration time_max,
                          const std::atomic<bool>& cancel);

}  // namespace stargate::net
