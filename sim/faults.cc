#include "sim/faults.h"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace stargate::sim {
namespace {

using codec::json::Value;

struct NamedFault {
  std::string_view name;
  FaultKind kind;
  int status = 200;
  std::string_view type;
  std::string_view message;
};

constexpr std::string_view kThrottled = "Too many requests, please wait before trying again.";
constexpr std::string_view kServerFault =
    "The system encountered an unexpected error during processing. Try your request again.";
constexpr std::string_view kBusy = "Bedrock is unable to process your request.";

constexpr std::array kNames = {
    NamedFault{"throttle", FaultKind::kStatus, 429, "ThrottlingException", kThrottled},
    NamedFault{"5xx", FaultKind::kStatus, 500, "InternalServerException", kServerFault},
    NamedFault{"500", FaultKind::kStatus, 500, "InternalServerException", kServerFault},
    NamedFault{"503", FaultKind::kStatus, 503, "ServiceUnavailableException", kBusy},
    NamedFault{"424", FaultKind::kStatus, 424, "ModelErrorException",
               "The request failed due to an error while processing the model."},
    NamedFault{"model_timeout", FaultKind::kStatus, 408, "ModelTimeoutException",
               "Model has timed out in processing the request. Try your request again."},
    NamedFault{"not_ready", FaultKind::kStatus, 429, "ModelNotReadyException",
               "The model is not ready for inference. Wait and try your request again."},
    NamedFault{"access_denied", FaultKind::kStatus, 403, "AccessDeniedException",
               "You don't have access to the model with the specified model ID."},
    NamedFault{"quota", FaultKind::kStatus, 400, "ServiceQuotaExceededException",
               "Your request exceeds the service quota for your account."},
    NamedFault{"status", FaultKind::kStatus, 500, "InternalServerException", kServerFault},
    NamedFault{"slow_first_byte", FaultKind::kSlowFirstByte, 200, "", ""},
    NamedFault{"stall", FaultKind::kStall, 200, "", ""},
    NamedFault{"mid_stream_exception", FaultKind::kMidStreamException, 424, "modelStreamErrorException",
               "The system encountered an unexpected error during processing. Try your request again."},
    NamedFault{"cut", FaultKind::kCut, 200, "", ""},
    NamedFault{"corrupt_crc", FaultKind::kCorruptCrc, 200, "", ""},
    NamedFault{"half_frame", FaultKind::kHalfFrame, 200, "", ""},
};

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string plain(Value value) { return value.is_string() ? value.text() : std::string(value.raw()); }

constexpr double kTwoTo64 = 18446744073709551616.0;

}  // namespace

std::optional<Fault> fault_named(std::string_view name) {
  for (const NamedFault& known : kNames) {
    if (known.name != name) continue;
    Fault fault;
    fault.kind = known.kind;
    fault.status = known.status;
    fault.type = known.type;
    fault.message = known.message;
    if (known.kind == FaultKind::kSlowFirstByte) fault.delay = std::chrono::seconds(2);
    return fault;
  }
  return std::nullopt;
}

bool set_fault_member(Fault& fault, std::string_view member, std::string_view value) {
  if (member == "type") return fault.type = value, true;
  if (member == "message") return fault.message = value, true;
  const auto number = whole(value);
  if (!number) return false;
  if (member == "status") return fault.status = static_cast<int>(*number), true;
  if (member == "after_events" || member == "after") {
    return fault.after_events = static_cast<std::size_t>(*number), true;
  }
  if (member == "delay_ms" || member == "delay") return fault.delay = std::chrono::milliseconds(*number), true;
  if (member == "times") return fault.times = *number, true;
  if (member == "retry_after") return fault.retry_after_s = static_cast<int>(*number), true;
  return false;
}

Result<FaultBook::Rule> FaultBook::read_rule(Value value) {
  Rule rule;
  const auto fault = value.find("fault");
  if (!fault) return base::client_error(ErrorCode::kBadRequest, "a rule needs the member \"fault\"");
  const auto known = fault_named(fault->text_at("kind"));
  if (!known) return base::client_error(ErrorCode::kBadRequest, "unknown fault.kind: " + fault->text_at("kind"));
  rule.fault = *known;
  for (const auto member : fault->members()) {
    if (member.named("kind")) continue;
    if (!set_fault_member(rule.fault, member.key().text(), plain(member.value()))) {
      return base::client_error(ErrorCode::kBadRequest, "bad fault member: " + member.key().text());
    }
  }
  if (const auto match = value.find("match")) {
    rule.model = match->text_at("model");
    rule.operation = match->text_at("operation");
    rule.contains = match->text_at("contains");
    if (const auto nth = match->find("nth")) rule.nth = nth->as_int().value_or(0);
  }
  if (const auto rate = value.find("rate")) rule.rate = rate->as_double().value_or(1);
  return rule;
}

Result<std::size_t> FaultBook::add(Value list) {
  std::vector<Rule> rules;
  if (list.is_object()) {
    auto rule = read_rule(list);
    if (!rule) return std::unexpected(std::move(rule.error()));
    rules.push_back(std::move(*rule));
  }
  for (const Value element : list.elements()) {
    auto rule = read_rule(element);
    if (!rule) return std::unexpected(std::move(rule.error()));
    rules.push_back(std::move(*rule));
  }
  const std::lock_guard lock(mutex_);
  if (rules_.size() + rules.size() > kRulesMax) return base::client_error(ErrorCode::kTooLarge, "too many rules");
  for (Rule& rule : rules) rules_.push_back(std::move(rule));
  return rules_.size();
}

void FaultBook::clear() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
  directives_.clear();
}

std::optional<Fault> FaultBook::pick(const FaultQuery& query) {
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_) {
    if (!rule.operation.empty() && rule.operation != query.operation) continue;
    if (query.model.find(rule.model) == std::string_view::npos) continue;
    if (query.body.find(rule.contains) == std::string_view::npos) continue;
    ++rule.seen;
    if (rule.nth != 0 && rule.seen != rule.nth) continue;
    if (rule.fault.times != 0 && rule.fired >= rule.fault.times) continue;
    if (static_cast<double>(query.random) / kTwoTo64 >= rule.rate) continue;
    ++rule.fired;
    return rule.fault;
  }
  return std::nullopt;
}

bool FaultBook::take_directive(const std::string& text, const Fault& fault) {
  if (fault.times == 0) return true;
  const std::lock_guard lock(mutex_);
  if (directives_.size() >= kDirectivesMax) directives_.clear();
  std::int64_t& fired = directives_[text];
  if (fired >= fault.times) return false;
  ++fired;
  return true;
}

}  // namespace stargate::sim
