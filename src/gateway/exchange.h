// Step 6: find a candidate that answers. Sends, retries and fails over, each time from the original bytes, only until
// the first event of an answer is there; a refusal whose cause can be removed (heal.h) is asked again at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "gateway/call.h"
#include "gateway/inspect.h"
#include "llm/lane/lane.h"
#include "policy/catalog.h"
#include "ports/upstream.h"

namespace stargate::gateway {

// What a core has learned of its upstreams while serving. One per core; `publish` tells the other cores.
struct Experience {
  std::map<std::string, llm::Learned, std::less<>> learned;  // by upstream model; CountTokens' own by "count:" + model
  Duration clock_offset{};                                   // AWS's clock less ours, when ours was found wrong
  std::function<void(const std::string& upstream_model, const llm::Learned&)> publish;
};

// An answer that has begun: its first event has passed through call.reply (bytes wait in call.out).
struct Live {
  std::unique_ptr<ports::UpstreamExchange> exchange;
  llm::FrameReader frames;
};

// `candidates`: not empty, in order of preference. Errors: the last attempt's.
Task<Result<Live>> exchange(Call& call, const Inspected& inspected,
                            const std::vector<const policy::Deployment*>& candidates, Experience& experience);

// The identity that signs for a deployment. Errors: kUnavailable in words for clients (the reason goes to the log),
// kCancelled.
Task<Result<std::shared_ptr<const aws::SigningIdentity>>> identity_for(Call& call,
                                                                       const policy::Deployment& deployment);

// Waits for the head, then reads the rest of an error answer. kBadGateway etc. when none comes.
Task<Result<Error>> read_refusal(Call& call, ports::UpstreamExchange& exchange);
Task<Result<void>> await_head(Call& call, ports::UpstreamExchange& exchange);

// How long to wait before the n-th retry (n from 0): exponential with jitter, or what the upstream asked for.
Duration backoff(const Settings& settings, int n, const Error& error, std::uint64_t random);

}  // namespace stargate::gateway
