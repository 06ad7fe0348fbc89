// The corridor. One Gateway per core; it serves every request of that core's connections and shares nothing with the
// other cores but immutable snapshots.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/call.h"
#include "gateway/exchange.h"
#include "gateway/health.h"
#include "gateway/inspect.h"
#include "gateway/snapshot.h"
#include "ports/downstream.h"

namespace stargate::gateway {

class Gateway final : public ports::Handler {
 public:
  Gateway(Services services, std::shared_ptr<const Snapshot> snapshot)
      : services_(services), snapshot_(std::move(snapshot)) {}

  Task<void> serve(ports::Downstream& downstream) override;
  ports::Refusal refusal(const codec::http1::RequestHead& head, std::string_view peer, Duration took,
                         const Error& error) override;

  // All of these are called on the core's own thread.
  void set_snapshot(std::shared_ptr<const Snapshot> snapshot);
  void set_draining() { draining_ = true; }
  void on_learned(std::function<void(const std::string&, const llm::Learned&)> publish) {
    experience_.publish = std::move(publish);
  }
  void learn(const std::string& upstream_model, const llm::Learned& learned) {
    experience_.learned[upstream_model].keep(learned);
  }

 private:
  void open(Call& call) const;
  Task<Result<void>> answer(Call& call);
  Task<Result<void>> infer(Call& call);
  Task<Result<void>> count_tokens(Call& call);
  Task<Result<void>> count_upstream(Call& call, const Inspected& inspected, const policy::Deployment& deployment);
  Task<Result<void>> preflight(Call& call);

  Services services_;
  std::shared_ptr<const Snapshot> snapshot_;
  Experience experience_;
  HealthProbe health_;
  bool draining_ = false;
};

}  // namespace stargate::gateway
