// Faults that the simulator plays on demand: by rule (POST /_sim/faults) or by a directive in the prompt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "codec/json.h"

namespace stargate::sim {

enum class FaultKind : std::uint8_t {
  kStatus,              // an error answer instead of a reply: status, type, message
  kSlowFirstByte,       // the reply starts after delay_ms
  kStall,               // silence of delay_ms (0: for ever) after after_events events
  kMidStreamException,  // an exception frame after after_events events
  kCut,                 // the connection is cut after after_events events
  kCorruptCrc,          // the frame after after_events events has a wrong checksum
  kHalfFrame,           // half of a frame after after_events events, then a clean end of the body
};

struct Fault {
  FaultKind kind = FaultKind::kStatus;
  int status = 500;
  std::string type;     // exception's name
  std::string message;  // its text
  std::size_t after_events = 1;
  Duration delay{};
  std::int64_t times = 0;  // fires so often; 0: always
  int retry_after_s = 0;   // Retry-After of an error answer; 0: none
};

// "throttle", "5xx", "500", "503", "424", "model_timeout", "not_ready", "access_denied", "quota", "status",
// "slow_first_byte", "stall", "mid_stream_exception", "cut", "corrupt_crc", "half_frame".
std::optional<Fault> fault_named(std::string_view name);
// Members "status", "type", "message", "after_events" (or "after"), "delay_ms" (or "delay"), "times", "retry_after".
// False: no such member, or not a number where one is wanted.
bool set_fault_member(Fault& fault, std::string_view member, std::string_view value);

struct FaultQuery {
  std::string_view model;      // as called
  std::string_view operation;  // "InvokeModel" ...
  std::string_view body;
  std::uint64_t random = 0;
};

// The rules in force. Thread-safe.
class FaultBook {
 public:
  static constexpr std::size_t kRulesMax = 1000;
  static constexpr std::size_t kDirectivesMax = 100'000;

  // `list`: a rule or an array of rules {match: {model, operation, nth, contains}, fault: {kind, ...}, rate}, which are
  // added behind those in force. Errors: kBadRequest saying which member.
  Result<std::size_t> add(codec::json::Value list);
  void clear();

  // The fault of the first rule that matches, counted.
  std::optional<Fault> pick(const FaultQuery& query);
  // Whether the directive with this text still fires, counted.
  bool take_directive(const std::string& text, const Fault& fault);

 private:
  struct Rule {
    std::string model;      // part of the model's id; empty: any
    std::string operation;  // empty: any
    std::string contains;   // part of the body
    std::int64_t nth = 0;   // only the nth request that matches; 0: each
    double rate = 1;
    Fault fault;
    std::int64_t seen = 0;
    std::int64_t fired = 0;
  };
  static Result<Rule> read_rule(codec::json::Value value);

  std::mutex mutex_;
  std::vector<Rule> rules_;
  std::map<std::string, std::int64_t, std::less<>> directives_;  // text -> fired
};

}  // namespace stargate::sim
