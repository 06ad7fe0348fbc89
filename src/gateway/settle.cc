#include "gateway/settle.h"

#include "policy/price.h"

namespace stargate::gateway {

std::optional<base::NanoUsd> cost_of(const Call& call) {
  if (call.deployment == nullptr || !call.reply || !call.reply->usage().seen) return std::nullopt;
  const auto card = policy::rate_card(call.deployment->price);
  if (!card) return std::nullopt;
  const auto cost = policy::cost(*card, call.reply->usage());
  return cost ? std::optional(*cost) : std::nullopt;
}

void settle(Call& call) {
  ports::RequestRecord& record = call.record;
  record.took = call.env().now() - call.began;
  record.stream = call.stream;
  if (call.principal) {
    record.key_alias = call.principal->key_alias;
    record.user_id = call.principal->user_id;
  }
  if (call.reply) {
    record.usage = call.reply->usage();
    record.finish_reason = call.reply->finish_reason();
    record.cost = cost_of(call);
  }
  call.services.events->record(record);
}

}  // namespace stargate::gateway
