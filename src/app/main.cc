// Parses the command line and runs the command.
#include <malloc.h>

#include <iostream>
#include <string>
#include <vector>

#include "app/check_config.h"
#include "app/cli.h"
#include "app/completion.h"
#include "app/list_models.h"
#include "app/serve.h"

namespace {

constexpr int kUsage = 2;

// Left alone, glibc learns from the first large body that is freed: it then takes bodies of up to 32 MiB from the heap
// and gives the heap's end back only beyond 64 MiB, per thread and for good. Fixed bounds keep large bodies in mappings
// of their own, which go when they are freed; bodies up to a few MiB stay in the heap, where they cost no page faults.
constexpr int kOwnMappingBytes = 4 * 1024 * 1024;
constexpr int kKeptHeapEndBytes = 8 * 1024 * 1024;

void give_large_buffers_back() {
  mallopt(M_MMAP_THRESHOLD, kOwnMappingBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptHeapEndBytes);
}

int run(const stargate::app::Command& command) {
  using stargate::app::CommandKind;
  stargate::app::ConfigRequest request;
  request.environment = stargate::app::process_environment();
  request.overrides = command.overrides;
  request.file = command.config_file;
  if (request.file.empty()) {
    const auto named = request.environment.find("STARGATE_CONFIG");
    if (named != request.environment.end()) request.file = named->second;
  }
  switch (command.kind) {
    case CommandKind::kServe: return stargate::app::run_serve(request);
    case CommandKind::kCheckConfig: return stargate::app::run_check_config(request, std::cout);
    case CommandKind::kModels: return stargate::app::run_models(request, command.json, std::cout, std::cerr);
    case CommandKind::kVersion: std::cout << stargate::app::version_text(); return 0;
    case CommandKind::kCompletion: std::cout << stargate::app::completion_script(command.shell); return 0;
    case CommandKind::kHelp: std::cout << stargate::app::help_text(command.help_for, command.help_brief); return 0;
  }
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  give_large_buffers_back();
  const auto command = stargate::app::parse_args(std::vector<std::string>(argv + 1, argv + argc));
  if (!command) {
    std::cerr << command.error().message << '\n';
    return kUsage;
  }
  return run(*command);
}
