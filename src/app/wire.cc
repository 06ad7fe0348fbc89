#include "app/wire.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "app/access_log.h"
#include "codec/uri.h"
#include "gateway/gateway.h"
#include "net/aws_credentials.h"
#include "net/client.h"
#include "net/core.h"
#include "net/server.h"
#include "net/system_env.h"
#include "net/tls_client.h"
#include "net/tls_server.h"
#include "net/url_fetcher.h"

namespace stargate::app {

namespace {

net::ServerSettings server_settings(const ServerLimits& limits) {
  net::ServerSettings settings;
  settings.head.bytes_max = limits.header_bytes_max;
  settings.head.fields_max = limits.header_fields_max;
  settings.idle_timeout = limits.idle_timeout;
  settings.head_timeout = limits.head_timeout;
  settings.body_stall_timeout = limits.body_timeout;
  settings.write_stall_timeout = limits.write_timeout;
  settings.connections_max = limits.connections_max;
  return settings;
}

Result<net::ClientSettings> client_settings(const Config& config) {
  net::ClientSettings settings;
  auto proxies = net::ProxyRules::parse({config.https_proxy, config.http_proxy, config.no_proxy});
  if (!proxies) return std::unexpected(std::move(proxies.error()));
  settings.proxies = std::move(*proxies);
  return settings;
}

// "files.example.com" or "files.example.com:8443".
net::AllowedHost allowed_host(const std::string& text) {
  net::AllowedHost allowed;
  const auto url = codec::parse_url("https://" + text);
  allowed.host = url ? url->host : text;
  if (url) allowed.port = url->port;
  return allowed;
}

net::FetcherSettings fetcher_settings(const ImageFetching& images) {
  net::FetcherSettings settings;
  settings.time = images.timeout;
  for (const std::string& host : images.allow_hosts) settings.allowed.push_back(allowed_host(host));
  return settings;
}

gateway::Settings gateway_settings(const Config& config) {
  gateway::Settings settings;
  settings.ping_interval = config.ping_interval;
  settings.fetch_files = config.images.enabled;
  settings.file_bytes_max = config.images.bytes_max;
  settings.show_losses = config.debug_headers;
  settings.retry_wait_first = config.retries.first_wait;
  settings.retry_wait_max = config.retries.wait_max;
  return settings;
}

aws::ChainSettings chain_settings(const policy::CredentialSpec& spec, const std::string& region) {
  aws::ChainSettings settings;
  settings.access_key_id = spec.access_key_id;
  settings.secret_access_key = spec.secret_access_key;
  settings.session_token = spec.session_token;
  settings.bearer = spec.bearer;
  settings.profile = spec.profile;
  settings.role_arn = spec.role_arn;
  settings.role_session_name = spec.role_session_name;
  settings.external_id = spec.external_id;
  settings.web_identity_token = spec.web_identity_token;
  settings.sts_endpoint = spec.sts_endpoint;
  settings.region = region;
  return settings;
}

// One core's stack, bottom up; destroyed top down after the core has stopped.
struct Worker {
  Worker(const net::TlsClient& tls, const net::ClientSettings& client_settings, net::ClientCounters& client_counters,
         const net::FetcherSettings& fetcher_settings, ports::EventSink& events, const base::Log& log,
         std::shared_ptr<const gateway::Snapshot> snapshot, const net::ServerSettings& server_settings,
         net::ServerCounters& server_counters, net::TlsServer* tls_server)
      : env(core),
        client(core, tls, client_settings, client_counters),
        fetcher(client, fetcher_settings),
        gateway(gateway::Services{&client, &fetcher, &env, &events, &log}, std::move(snapshot)),
        server(core, gateway, server_settings, server_counters, tls_server) {}

  net::Core core;
  net::SystemEnv env;
  net::Client client;
  net::UrlFetcher fetcher;
  gateway::Gateway gateway;
  net::Server server;
};

}  // namespace

struct Service::Parts {
  explicit Parts(const base::Log& l) : log(l), events(l) {}

  Result<std::shared_ptr<const gateway::Snapshot>> make_snapshot(const Config& config, const Tables& tables,
                                                                 const Secret& master_key);
  std::shared_ptr<ports::Credentials> credentials_of(const Config& config, const policy::Deployment& deployment);
  void tell_others(const Worker& teacher, const std::string& upstream_model, const llm::Learned& learned);

  const base::Log& log;
  AccessLog events;
  ListenAddress listen;
  net::ServerCounters server_counters;
  net::ClientCounters client_counters;
  std::unique_ptr<net::TlsClient> tls_client;
  std::unique_ptr<net::TlsServer> tls_server;
  std::vector<std::unique_ptr<Worker>> workers;
  // By Deployment::credentials_key; kept over a reload, so that a running refresh and its result stay. The first
  // worker's core is the home of all refreshes, so these go before the workers do.
  std::map<std::string, std::shared_ptr<ports::Credentials>, std::less<>> credentials;
  Environment environment;  // that the credentials were made with
};

std::shared_ptr<ports::Credentials> Service::Parts::credentials_of(const Config& config,
                                                                   const policy::Deployment& deployment) {
  std::shared_ptr<ports::Credentials>& source = credentials[deployment.credentials_key];
  if (!source) {
    Worker& home = *workers.front();
    const auto report = [this](const net::RefreshReport& refreshed) {
      if (refreshed.identity != nullptr) log.info("credentials.refreshed", {{"origin", refreshed.identity->origin}});
      if (refreshed.error != nullptr) log.warn("credentials.failed", {{"reason", refreshed.error->message}});
    };
    const aws::Environment variables(config.environment.begin(), config.environment.end());
    source = net::make_credentials(chain_settings(deployment.credentials, deployment.region), variables,
                                   net::CredentialHome{home.core, home.client, home.env}, report);
  }
  return source;
}

Result<std::shared_ptr<const gateway::Snapshot>> Service::Parts::make_snapshot(const Config& config,
                                                                               const Tables& tables,
                                                                               const Secret& master_key) {
  const auto now_s =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::vector<Problem> problems;
  auto snapshot = std::make_shared<gateway::Snapshot>();
  snapshot->catalog = build_catalog(config, tables, master_key, now_s, problems);
  if (has_errors(problems)) {
    std::string text = "the configuration has errors:";
    for (const Problem& problem : problems) text += "\n" + to_text(problem);
    return base::fail(ErrorCode::kNotConfigured, std::move(text));
  }
  snapshot->settings = gateway_settings(config);
  if (environment != config.environment) credentials.clear();  // the chains read it when they were made
  environment = config.environment;
  for (const policy::Deployment& deployment : snapshot->catalog->deployments) {
    snapshot->credentials[deployment.credentials_key] = credentials_of(config, deployment);
  }
  credentials = snapshot->credentials;  // what no deployment names any more goes with the last request that uses it
  return std::shared_ptr<const gateway::Snapshot>(std::move(snapshot));
}

// What one core has learned of an upstream, the others learn too. Runs on the teacher's core.
void Service::Parts::tell_others(const Worker& teacher, const std::string& upstream_model,
                                 const llm::Learned& learned) {
  for (const auto& worker : workers) {
    if (worker.get() == &teacher) continue;
    Worker* other = worker.get();
    other->core.post([other, upstream_model, learned] { other->gateway.learn(upstream_model, learned); });
  }
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Service::~Service() {
  for (const auto& worker : parts_->workers) worker->core.stop();
  for (const auto& worker : parts_->workers) worker->core.join();
  parts_->credentials.clear();
}

Result<std::unique_ptr<Service>> Service::build(const Config& config, const Tables& tables, const Secret& master_key,
                                                const base::Log& log) {
  auto parts = std::make_unique<Parts>(log);
  parts->listen = config.listen;
  auto tls_client = net::TlsClient::create(config.ca_file);
  if (!tls_client) return std::unexpected(std::move(tls_client.error()));
  parts->tls_client = std::move(*tls_client);
  if (config.tls) {
    auto tls_server = net::TlsServer::load({config.tls->certificate_file, config.tls->key_file});
    if (!tls_server) return std::unexpected(std::move(tls_server.error()));
    parts->tls_server = std::move(*tls_server);
  }
  auto client = client_settings(config);
  if (!client) return std::unexpected(std::move(client.error()));
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t threads = config.worker_threads > 0 ? static_cast<std::size_t>(config.worker_threads) : processors;
  const auto nothing_yet = std::make_shared<gateway::Snapshot>();
  for (std::size_t i = 0; i < threads; ++i) {
    parts->workers.push_back(std::make_unique<Worker>(
        *parts->tls_client, *client, parts->client_counters, fetcher_settings(config.images), parts->events, log,
        nothing_yet, server_settings(config.limits), parts->server_counters, parts->tls_server.get()));
  }
  Parts* raw = parts.get();
  for (const auto& worker : parts->workers) {
    worker->gateway.on_learned([raw, teacher = worker.get()](const std::string& model, const llm::Learned& learned) {
      raw->tell_others(*teacher, model, learned);
    });
  }
  auto snapshot = parts->make_snapshot(config, tables, master_key);
  if (!snapshot) return std::unexpected(std::move(snapshot.error()));
  for (const auto& worker : parts->workers) worker->gateway.set_snapshot(*snapshot);
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

Result<std::uint16_t> Service::listen() {
  std::uint16_t port = parts_->listen.port;
  auto is_free = net::check_port_is_free(parts_->listen.address, port);
  if (!is_free) return std::unexpected(std::move(is_free.error()));
  for (const auto& worker : parts_->workers) {
    auto listening = worker->server.listen(parts_->listen.address, port);
    if (!listening) return listening;
    port = *listening;  // port 0: the first core's choice is everyone's
  }
  return port;
}

void Service::start() {
  for (const auto& worker : parts_->workers) worker->core.start();
}

Result<void> Service::reload(const Config& config, const Tables& tables, const Secret& master_key) {
  if (parts_->tls_server) {
    auto reloaded = parts_->tls_server->reload();
    if (!reloaded) return reloaded;
  }
  auto snapshot = parts_->make_snapshot(config, tables, master_key);
  if (!snapshot) return std::unexpected(std::move(snapshot.error()));
  for (const auto& worker : parts_->workers) {
    Worker* target = worker.get();
    target->core.post([target, next = *snapshot] { target->gateway.set_snapshot(next); });
  }
  return {};
}

void Service::drain(Duration deadline, std::function<void()> drained) {
  // The last moments before the deadline are for those who must be told that it is over.
  if (deadline > 2 * net::Server::kGrace) deadline -= net::Server::kGrace;
  const auto left = std::make_shared<std::atomic<std::size_t>>(parts_->workers.size());
  for (const auto& worker : parts_->workers) {
    Worker* target = worker.get();
    target->core.post([target, deadline, left, drained] {
      target->gateway.set_draining();
      target->core.spawn(target->server.drain(deadline), [left, drained] {
        if (left->fetch_sub(1) == 1) drained();
      });
    });
  }
}

}  // namespace stargate::app
