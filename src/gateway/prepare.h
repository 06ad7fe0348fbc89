// Step 5: a plan's candidate and the original bytes become a signed upstream request. Pure but for the clock given.
#pragma once

#include <chrono>

#include "aws/credentials.h"
#include "base/error.h"
#include "base/time.h"
#include "gateway/call.h"
#include "gateway/inspect.h"
#include "llm/lane/lane.h"
#include "policy/catalog.h"
#include "ports/upstream.h"

namespace stargate::gateway {

// How the language rooms see a deployment.
llm::Target target_of(const policy::Deployment& deployment);

// Adds Host and the signature (or the Bedrock API key). The request views `prepared`, which must live until the
// answer's head has arrived. `now` is the signing time, corrected for a known clock skew.
ports::UpstreamRequest sign_request(const policy::Deployment& deployment, const llm::Prepared& prepared,
                                    const aws::SigningIdentity& identity, WallTime now);

// Our clock and the offset that Experience knows of it.
inline WallTime signing_time(WallTime now, Duration clock_offset) {
  return now + std::chrono::duration_cast<WallTime::duration>(clock_offset);
}

}  // namespace stargate::gateway
