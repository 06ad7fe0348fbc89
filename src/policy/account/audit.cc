#include "policy/account/audit.h"

#include <fmt/format.h>

#include <string_view>

#include "codec/hash.h"

namespace stargate::policy::account {

const std::string kAuditGenesis(64, '0');

std::string hash_of_event(const AuditEvent& event) {
  std::string content;
  const auto add = [&](std::string_view text) { content += fmt::format("{}:{}", text.size(), text); };
  add(fmt::format("{}", event.seq));
  add(fmt::format("{}", event.at.time_since_epoch().count()));
  for (const std::string* text :
       {&event.actor_user_id, &event.actor_role, &event.actor_key_hash, &event.changed_by, &event.action,
        &event.object_kind, &event.object_id, &event.before, &event.after, &event.request_id, &event.previous_hash}) {
    add(*text);
  }
  return codec::hex(codec::sha256(content));
}

std::optional<std::string> AuditWalk::step(const AuditEvent& event) {
  const std::int64_t expected = head_.seq + 1;
  if (event.seq != expected) return fmt::format("event {} is missing: event {} follows", expected, event.seq);
  if (event.previous_hash != head_.hash) {
    return fmt::format("event {} does not follow event {}: one of them was changed", event.seq, head_.seq);
  }
  if (event.hash != hash_of_event(event)) return fmt::format("event {} was changed after it was written", event.seq);
  head_ = {.seq = event.seq, .hash = event.hash};
  return std::nullopt;
}

std::optional<std::string> AuditWalk::finish(const AuditHead& stored) const {
  if (head_ == stored) return std::nullopt;
  if (head_.seq != stored.seq) {
    return fmt::format("the chain ends at event {}, but {} were written", head_.seq, stored.seq);
  }
  return fmt::format("event {} is not the one that was written last", head_.seq);
}

}  // namespace stargate::policy::account
