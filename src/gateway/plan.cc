#include "gateway/plan.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "gateway/request_id.h"
#include "policy/access.h"
#include "policy/route.h"

namespace stargate::gateway {

namespace {

// The next of a sequence of well-spread numbers (splitmix64's step).
std::uint64_t mixed(std::uint64_t state) {
  state += 0x9E37'79B9'7F4A'7C15ULL;
  state = (state ^ (state >> 30)) * 0xBF58'476D'1CE4'E5B9ULL;
  state = (state ^ (state >> 27)) * 0x94D0'49BB'1331'11EBULL;
  return state ^ (state >> 31);
}

}  // namespace

void note_facts(Call& call, const Inspected& inspected) {
  const llm::Facts& facts = inspected.facts;
  call.stream = facts.stream;
  constexpr std::size_t kRecordedNameBytesMax = 256;  // a client may call a model whatever it likes
  call.record.model = facts.model.substr(0, kRecordedNameBytesMax);
  if (call.record.session_id.empty() && plausible_id(facts.session_id)) call.record.session_id = facts.session_id;
  if (call.stream)
    call.reply = llm::make_reply(first_options(call, facts));  // for pings and errors before the first try
}

llm::ReplyOptions first_options(const Call& call, const llm::Facts& facts) {
  llm::ReplyOptions options;
  options.dialect = call.route.dialect;
  options.stream = facts.stream;
  options.include_usage = facts.include_usage;
  options.model = facts.model;
  options.id = "chatcmpl-" + call.call_id;
  options.created_s = std::chrono::duration_cast<std::chrono::seconds>(call.env().wall().time_since_epoch()).count();
  return options;
}

Result<std::vector<const policy::Deployment*>> plan(Call& call, const llm::Facts& facts) {
  const policy::Catalog& catalog = call.catalog();
  // A conversation keeps its deployment: prompt caches live in one region, thinking signatures in one account.
  const std::string& session = call.record.session_id;
  std::uint64_t state = session.empty() ? call.env().random() : std::hash<std::string>{}(session);
  const policy::Random random = [&state] { return state = mixed(state); };
  auto candidates = policy::candidates(catalog, facts.model, random, call.principal.get());
  if (!candidates) return candidates;
  if (!policy::may_use(*call.principal, catalog, facts.model)) {
    std::string allowed;
    for (const std::string& name : call.principal->models) allowed += (allowed.empty() ? "" : ", ") + name;
    Failure denied = base::client_error(
        ErrorCode::kForbidden,
        fmt::format("This key may not use the model '{}'. It may use: {}.", facts.model, allowed), "model");
    denied.error().type = "key_model_access_denied";
    return denied;
  }
  return candidates;
}

}  // namespace stargate::gateway
