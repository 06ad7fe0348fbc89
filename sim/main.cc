// stargate-sim: AWS Bedrock, simulated. See docs/simulator.md.
#include <fmt/core.h>
#include <signal.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "net/core.h"
#include "net/server.h"
#include "net/tls_server.h"
#include "sim/bedrock.h"
#include "sim/certificate.h"
#include "sim/options.h"
#include "sim/real_env.h"

extern char** environ;

namespace stargate::sim {
namespace {

constexpr std::chrono::seconds kDrainPatience{2};
constexpr int kUsageFault = 2;

Environment environment() {
  Environment found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

// What one core serves with. Built before the core starts; destroyed after it has stopped.
struct Lane {
  Lane(World& world, const net::ServerSettings& settings, net::ServerCounters& counters, net::TlsServer* tls)
      : env(core.io()), bedrock(world, env), server(core, bedrock, settings, counters, tls) {}
  net::Core core;
  RealEnv env;
  Bedrock bedrock;
  net::Server server;
};

int fail(const Error& error) {
  fmt::print(stderr, "stargate-sim: {}\n", error.message);
  return EXIT_FAILURE;
}

Result<std::unique_ptr<net::TlsServer>> tls_of(const Options& options) {
  if (!options.tls) return std::unique_ptr<net::TlsServer>();
  auto files = make_certificate(options.data_dir);
  if (!files) return std::unexpected(std::move(files.error()));
  fmt::print("certificate authority to trust: {}\n", files->authority);
  return net::TlsServer::load({.certificate_file = files->certificate, .key_file = files->key});
}

int serve(Options options, const sigset_t& signals) {
  auto tls = tls_of(options);
  if (!tls) return fail(tls.error());
  World world(options.settings);
  net::ServerCounters counters;
  net::ServerSettings settings;
  settings.idle_timeout = std::chrono::seconds(300);
  std::vector<std::unique_ptr<Lane>> lanes;
  std::uint16_t port = options.port;
  for (unsigned i = 0; i < options.cores; ++i) {
    lanes.push_back(std::make_unique<Lane>(world, settings, counters, tls->get()));
    if (lanes.size() == 1) {
      const auto is_free = net::check_port_is_free(options.address, port);
      if (!is_free) return fail(is_free.error());
    }
    const auto listening = lanes.back()->server.listen(options.address, port);
    if (!listening) return fail(listening.error());
    port = *listening;
  }
  for (const auto& lane : lanes) lane->core.start();
  if (options.settings.auth.enabled) {
    fmt::print("access key: {}\n", options.settings.auth.identity.access_key_id);
  }
  fmt::print("stargate-sim ready on {}://{}:{}\n", options.tls ? "https" : "http", options.address, port);
  std::fflush(stdout);

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  for (const auto& lane : lanes) {
    lane->core.spawn(lane->server.drain(kDrainPatience), [core = &lane->core] { core->stop(); });
  }
  for (const auto& lane : lanes) lane->core.join();
  return EXIT_SUCCESS;
}

int run(const std::vector<std::string>& arguments) {
  auto options = read_options(arguments, environment());
  if (!options) {
    fmt::print(stderr, "stargate-sim: {}\n", options.error().message);
    return kUsageFault;
  }
  if (options->help) {
    fmt::print("{}", help_text());
    return EXIT_SUCCESS;
  }
  // Blocked before any thread exists, so that only sigwait() sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return serve(std::move(*options), signals);
}

}  // namespace
}  // namespace stargate::sim

int main(int count, char** values) { return stargate::sim::run(std::vector<std::string>(values + 1, values + count)); }
