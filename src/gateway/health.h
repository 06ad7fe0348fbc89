// GET /health: for the master key, asks every deployment for one token, at most once in Settings::health_cache, one
// after the other. Other keys see the last findings of the models that they may use.
#pragma once

#include <map>
#include <string>

#include "gateway/call.h"
#include "gateway/exchange.h"

namespace stargate::gateway {

class HealthProbe {
 public:
  // ?model=NAME probes that name only. 200 whatever the probes say: the body tells (LiteLLM's form).
  Task<Result<void>> answer(Call& call, Experience& experience);

 private:
  class Round;
  struct Finding {
    MonoTime at;
    std::string error;  // empty: healthy
  };
  Task<Result<void>> probe(Call& call, const policy::Deployment& deployment, Experience& experience);

  std::map<std::string, Finding> findings_;  // by deployment id
  bool probing_ = false;
};

}  // namespace stargate::gateway
