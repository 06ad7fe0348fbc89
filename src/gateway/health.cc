#include "gateway/health.h"

#include <chrono>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "codec/uri.h"
#include "gateway/answer.h"
#include "gateway/inspect.h"
#include "policy/access.h"

namespace stargate::gateway {

namespace {

constexpr Duration kProbeFirstByte = std::chrono::seconds(20);

std::string asked_model(const Call& call) {
  for (const auto& [name, value] : codec::parse_query(call.head().query())) {
    if (name == "model") return value;
  }
  return {};
}

void append_endpoint(codec::json::Writer& writer, const policy::Deployment& deployment, const std::string& error) {
  writer.begin_object();
  writer.member("model", "bedrock/" + deployment.upstream_model);
  writer.member("model_name", deployment.model_name);
  writer.member("model_id", deployment.id);
  writer.member("aws_region_name", deployment.region);
  if (!error.empty()) writer.member("error", error);
  writer.end_object();
}

}  // namespace

// Marks a round of probes for as long as it lasts, however it ends.
class HealthProbe::Round {
 public:
  explicit Round(bool* under_way) : under_way_(under_way) {
    if (under_way_ != nullptr) *under_way_ = true;
  }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() {
    if (under_way_ != nullptr) *under_way_ = false;
  }

 private:
  bool* under_way_;
};

Task<Result<void>> HealthProbe::probe(Call& call, const policy::Deployment& deployment, Experience& experience) {
  std::string body = R"({"max_tokens":1,"messages":[{"role":"user","content":"ping"}],"model":)" +
                     codec::json::quoted(deployment.model_name) + "}";
  body.reserve(body.size() + base::kJsonPadding);
  auto document = codec::json::Document::parse(body);
  if (!document) co_return std::unexpected(std::move(document.error()));
  Inspected inspected(std::move(body), std::move(*document));
  auto facts = llm::read_facts(llm::Dialect::kAnthropicMessages, inspected.document);
  if (!facts) co_return std::unexpected(std::move(facts.error()));
  inspected.facts = std::move(*facts);

  policy::Deployment impatient = deployment;
  impatient.first_byte_timeout = kProbeFirstByte;
  impatient.max_retries = 0;
  Call trial(call.services, call.snapshot, call.down);
  trial.route.dialect = llm::Dialect::kAnthropicMessages;
  trial.began = trial.last_sent = call.env().now();
  trial.record.request_id = call.id();
  trial.call_id = call.call_id;
  const std::vector<const policy::Deployment*> only = {&impatient};
  auto live = co_await exchange(trial, inspected, only, experience);
  if (!live) co_return std::unexpected(std::move(live.error()));
  co_return Result<void>{};
}

Task<Result<void>> HealthProbe::answer(Call& call, Experience& experience) {
  const std::string model = asked_model(call);
  std::vector<const policy::Deployment*> chosen;
  for (const policy::Deployment& deployment : call.catalog().deployments) {
    const bool asked = model.empty() || deployment.model_name == model;
    if (asked && policy::may_use(*call.principal, deployment.model_name)) chosen.push_back(&deployment);
  }
  // Probes cost tokens: only the master key starts them, and one round at a time. Others read the last findings.
  const bool mine = !probing_ && call.principal->admin;
  const Round round(mine ? &probing_ : nullptr);
  Result<void> outcome;
  for (const policy::Deployment* deployment : chosen) {
    const auto known = findings_.find(deployment->id);
    const MonoTime now = call.env().now();
    if (!mine || (known != findings_.end() && now - known->second.at < call.snapshot->settings.health_cache)) continue;
    auto probed = co_await probe(call, *deployment, experience);
    if (!probed && probed.error().code == ErrorCode::kCancelled) {
      outcome = std::move(probed);
      break;
    }
    findings_[deployment->id] = {now, probed ? std::string() : probed.error().message};
  }
  if (!outcome) co_return outcome;

  std::string healthy;
  std::string unhealthy;
  codec::json::Writer healthy_writer(healthy);
  codec::json::Writer unhealthy_writer(unhealthy);
  healthy_writer.begin_array();
  unhealthy_writer.begin_array();
  int healthy_count = 0;
  int unknown_count = 0;
  for (const policy::Deployment* deployment : chosen) {
    const auto known = findings_.find(deployment->id);
    if (known == findings_.end()) {
      ++unknown_count;
      continue;
    }
    const std::string& error = known->second.error;
    healthy_count += error.empty() ? 1 : 0;
    append_endpoint(error.empty() ? healthy_writer : unhealthy_writer, *deployment, error);
  }
  healthy_writer.end_array();
  unhealthy_writer.end_array();
  std::string body;
  codec::json::Writer writer(body);
  writer.begin_object();
  writer.member_raw("healthy_endpoints", healthy);
  writer.member_raw("unhealthy_endpoints", unhealthy);
  writer.member("healthy_count", healthy_count);
  writer.member("unhealthy_count", static_cast<int>(chosen.size()) - healthy_count - unknown_count);
  writer.member("unknown_count", unknown_count);  // not probed yet
  writer.end_object();
  auto sent = co_await respond_json(call, 200, std::move(body));
  co_return sent;
}

}  // namespace stargate::gateway
