// Where the account of a finished request goes: the access log now; metrics, traces and the ledger's reader later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "llm/lane/lane.h"
#include "llm/usage.h"

namespace stargate::ports {

// One try at one deployment. `outcome` is "ok" or the error's type or code; never a body.
struct AttemptRecord {
  std::string deployment_id;
  std::string outcome;
  int upstream_status = 0;
  Duration took{};
};

// What is known when a request has ended, however it ended.
struct RequestRecord {
  std::string request_id;
  std::string method;
  std::string route;  // the route's pattern, not the client's path
  std::string peer;
  std::string key_alias;
  std::string user_id;
  std::string model;  // as the client named it
  std::string deployment_id;
  std::string session_id;
  std::string agent_id;
  bool stream = false;
  int status = 0;     // what the client saw first; 499 when it had left before
  std::string error;  // code of the error that ended it, empty when none
  std::string error_message;
  std::string finish_reason;
  llm::Usage usage;
  std::optional<base::NanoUsd> cost;  // of `usage`; nullopt when there is none or its price is unknown
  std::vector<AttemptRecord> attempts;
  std::vector<llm::Loss> losses;
  Duration took{};
  Duration first_event_after{};  // time to first upstream event; zero when none came
  Duration overhead{};           // time until the first byte to the client, less the wait for the upstream
};

// Called on the core that served the request; must not wait.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void record(const RequestRecord& record) = 0;
};

}  // namespace stargate::ports
