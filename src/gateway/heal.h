// Free retries: when the cause of a refusal can be removed, the same deployment is asked again at once.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/error.h"
#include "gateway/call.h"
#include "gateway/exchange.h"
#include "llm/lane/lane.h"
#include "policy/catalog.h"

namespace stargate::gateway {

// A try that was refused, and what it was made of.
struct Refused {
  const policy::Deployment& deployment;
  const llm::Prepared& prepared;
  const aws::SigningIdentity* identity;  // that signed; null when none could be had
  const Error& error;
  std::string_view date;  // the refusal's Date field, may be empty
  Duration clock_offset;  // Experience's, as it was when this was signed
};

// The free retries of one request, whichever operation it is for: a member that the model does not take is left out,
// credentials that were refused are fetched anew, a clock that is off is put right. Each cause heals at most once or
// twice, so a request ends. Lives in the frame of the request's coroutine; call and experience outlive it.
class Healing {
 public:
  // `operation` keeps the lessons of operations apart: what CountTokens refuses, inference may take.
  Healing(Call& call, Experience& experience, std::string_view operation = {})
      : call_(call), experience_(experience), operation_(operation) {}

  // What to leave out for the model: what earlier requests had left when this one first asked, and what its own
  // refusals taught since. Valid until the next heal().
  const llm::Learned& lesson(const std::string& upstream_model);

  // True when the cause is removed, so that asking the same deployment again is worth it.
  bool heal(const Refused& refused);

  // Called when the model has answered at last. Only then a lesson is for everybody: until then it may be nothing but a
  // client's odd member name in a refusal's text.
  void keep(const std::string& upstream_model);

 private:
  bool learn(const Refused& refused);
  bool set_clock(const Refused& refused);
  bool renew_credentials(const Refused& refused);

  [[nodiscard]] std::string key_of(const std::string& upstream_model) const { return operation_ + upstream_model; }

  Call& call_;
  Experience& experience_;
  std::string operation_;
  // Of this request, by key_of(). Copies: a refusal is to be compared with what the refused try was made from, and not
  // with what others have learned since.
  std::map<std::string, llm::Learned, std::less<>> lessons_;
  int healings_ = 0;
  bool taught_ = false;
  bool renewed_ = false;
};

}  // namespace stargate::gateway
