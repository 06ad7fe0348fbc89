#include "app/serve.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <iostream>

#include "app/check_config.h"
#include "app/config_text.h"
#include "app/master_key.h"
#include "app/wire.h"

namespace stargate::app {

namespace {

constexpr int kConfigError = 1;
constexpr int kStartError = 3;

void print_problems(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) std::cerr << to_text(problem);
}

// The master key in force: the configured one, or the one kept beside the data.
Result<Secret> master_key_of(const Config& config, const base::Log& log) {
  if (!config.master_key.empty()) {
    // A secret file's line break or a stray blank would make a key that no header can carry.
    if (config.master_key.reveal().find_first_of(" \t\r\n") != std::string_view::npos) {
      return base::fail(ErrorCode::kNotConfigured, "the master key holds white space; remove it");
    }
    return config.master_key;
  }
  auto kept = keep_master_key(config.data_dir);
  if (!kept) return std::unexpected(std::move(kept.error()));
  if (kept->is_new) {
    // The one time that a key is shown: to the terminal of whoever started the gateway first, not to the log.
    std::cerr << fmt::format("\nNo master key is configured. A new one was made and is kept in {}:\n\n  {}\n\n",
                             kept->file, kept->key.reveal());
  } else {
    log.info("master_key.kept", {{"file", kept->file}});
  }
  return kept->key;
}

// What changed in the file and is read only at the start; empty when nothing is.
std::string needs_restart(const Config& before, const Config& now) {
  std::string keys;
  const auto note = [&keys](bool changed, std::string_view key) {
    if (changed) keys.append(keys.empty() ? "" : ", ").append(key);
  };
  const auto tls = [](const Config& config) { return config.tls.value_or(TlsFiles{}); };
  note(!(before.listen == now.listen), "listen");
  note(before.worker_threads != now.worker_threads, "threads");
  note(before.log_form != now.log_form || before.log_level != now.log_level, "log");
  note(before.https_proxy != now.https_proxy || before.http_proxy != now.http_proxy || before.no_proxy != now.no_proxy,
       "proxy");
  note(before.ca_file != now.ca_file, "ca_file");
  note(before.images.timeout != now.images.timeout || before.images.allow_hosts != now.images.allow_hosts, "images");
  note(tls(before).certificate_file != tls(now).certificate_file || tls(before).key_file != tls(now).key_file, "tls");
  note(before.limits.connections_max != now.limits.connections_max ||
           before.limits.header_bytes_max != now.limits.header_bytes_max ||
           before.limits.head_timeout != now.limits.head_timeout ||
           before.limits.body_timeout != now.limits.body_timeout ||
           before.limits.idle_timeout != now.limits.idle_timeout ||
           before.limits.write_timeout != now.limits.write_timeout,
       "limits");
  return keys;
}

// Runs the service under the control of signals; one object for the length of serve.
class Control {
 public:
  Control(ConfigRequest request, Config config, Service& service, const base::Log& log)
      : request_(std::move(request)), config_(std::move(config)), service_(service), log_(log) {}

  void run() {
    wait_for_signal();
    io_.run();
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        reload();
      } else if (draining_) {
        log_.warn("stop.forced");
        io_.stop();
        return;
      } else {
        drain(signal);
      }
      wait_for_signal();
    });
  }

  void drain(int signal) {
    draining_ = true;
    log_.info("drain.begun",
              {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"},
               {"deadline_s", std::chrono::duration_cast<std::chrono::seconds>(config_.drain_deadline).count()}});
    service_.drain(config_.drain_deadline, [this] { boost::asio::post(io_, [this] { io_.stop(); }); });
  }

  void reload() {
    if (request_.file == kStandardInput) {  // it has been read to its end, and there is no second one
      log_.error("reload.refused", {{"reason", "the configuration was read from standard input"}});
      return;
    }
    ReadOutcome read = read_configuration(request_);
    print_problems(read.problems);
    if (!read.ok()) {
      log_.error("reload.refused", {{"problems", count_problems(read.problems)}});
      return;
    }
    // A file that was cut while it was being replaced must not take the service away.
    if (read.config.models.empty() || (read.config.master_key.empty() && !config_.master_key.empty())) {
      log_.error("reload.refused", {{"reason", read.config.models.empty() ? "the configuration serves no model"
                                                                          : "the master key is gone from it"}});
      return;
    }
    auto key = master_key_of(read.config, log_);
    Result<void> reloaded = key ? service_.reload(read.config, read.tables, *key) : std::unexpected(key.error());
    if (!reloaded) {
      log_.error("reload.refused", {{"reason", reloaded.error().message}});
      return;
    }
    const std::string restart = needs_restart(config_, read.config);
    if (!restart.empty()) log_.warn("reload.needs_restart", {{"settings", restart}});
    config_.drain_deadline = read.config.drain_deadline;
    log_.info("reload.done", {{"models", static_cast<std::int64_t>(read.config.models.size())}});
  }

  ConfigRequest request_;
  Config config_;
  Service& service_;
  const base::Log& log_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  bool draining_ = false;
};

}  // namespace

int run_serve(const ConfigRequest& request) {
  const auto began = std::chrono::steady_clock::now();
  ReadOutcome read = read_configuration(request);
  print_problems(read.problems);
  if (!read.ok()) return kConfigError;
  base::LogSink log_sink(STDERR_FILENO);
  const base::Log log(log_sink, read.config.log_form, read.config.log_level);
  auto key = master_key_of(read.config, log);
  if (!key) {
    log.error("start.failed", {{"reason", key.error().message}});
    return kStartError;
  }
  auto service = Service::build(read.config, read.tables, *key, log);
  if (!service) {
    log.error("start.failed", {{"reason", service.error().message}});
    return kStartError;
  }
  // Signals are ours before the first connection is accepted.
  Control control(request, read.config, **service, log);
  auto port = (*service)->listen();
  if (!port) {
    log.error("start.failed", {{"reason", port.error().message}});
    return kStartError;
  }
  (*service)->start();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  log.info("ready", {{"listen", fmt::format("{}:{}", read.config.listen.address, *port)},
                     {"models", static_cast<std::int64_t>(read.config.models.size())},
                     {"ms", took.count()}});
  control.run();
  service->reset();  // before `control`: a core that still drains reports to it
  log.info("stopped");
  return 0;
}

}  // namespace stargate::app
