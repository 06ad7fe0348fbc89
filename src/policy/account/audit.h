// Who changed what, as a chain: every event holds the hash of its content together with the hash of the event before,
// so that a row that was changed, removed or slipped in shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "policy/account/instant.h"

namespace stargate::policy::account {

// No secrets: whoever makes `before` and `after` has left them out.
struct AuditEvent {
  std::int64_t seq = 0;  // from 1, without gaps; given by the store
  Instant at;
  std::string actor_user_id;
  std::string actor_role;
  std::string actor_key_hash;
  std::string changed_by;   // the header litellm-changed-by
  std::string action;       // created | updated | deleted | blocked | rotated ...
  std::string object_kind;  // user, key, team ...
  std::string object_id;
  JsonText before = "null";
  JsonText after = "null";
  std::string request_id;
  std::string previous_hash;  // hex; kAuditGenesis for the first
  std::string hash;           // hex; hash_of_event()
  bool operator==(const AuditEvent&) const = default;
};

// The hash before the first event: 64 zeros.
extern const std::string kAuditGenesis;

// SHA-256, hex, over every member but `hash`, each with its length in front, so that no two events look alike.
std::string hash_of_event(const AuditEvent& event);

// Where the chain stands: its last event's number and hash.
struct AuditHead {
  std::int64_t seq = 0;
  std::string hash = kAuditGenesis;
  bool operator==(const AuditHead&) const = default;
};

// Walks a chain from its beginning (or from a head that somebody trusts). Feed the events in order; the first one that
// does not fit ends it.
class AuditWalk {
 public:
  explicit AuditWalk(AuditHead from = {}) : head_(std::move(from)) {}

  // What is wrong with this event, for people ("event 7 was changed ..."); nullopt: it fits.
  std::optional<std::string> step(const AuditEvent& event);
  // After the last event: whether the chain ends where the store says that it ends.
  [[nodiscard]] std::optional<std::string> finish(const AuditHead& stored) const;
  [[nodiscard]] const AuditHead& head() const { return head_; }

 private:
  AuditHead head_;
};

}  // namespace stargate::policy::account
