// What money is counted on: one entity, or one model under an entity.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"

namespace stargate::policy::account {

// The values stand in the ledger's journal: append only.
enum class ScopeKind : std::uint8_t { kKey, kUser, kTeam, kMember, kCustomer, kOrganization, kTag, kGlobal };
inline constexpr ScopeKind kScopeKindLast = ScopeKind::kGlobal;

// Lower case, as the databases spell it ("key", "member").
std::string_view name_of(ScopeKind kind);
// kGlobal of names that are none.
ScopeKind scope_kind_of(std::string_view name);

struct Scope {
  ScopeKind kind = ScopeKind::kGlobal;
  std::string id = {};       // key hash, user id, team id ..., the tag; empty for kGlobal
  std::string user_id = {};  // kMember: the member of team `id`; else empty
  std::string model = {};    // not empty: of this model only
  auto operator<=>(const Scope&) const = default;
};

// Of its texts together.
inline std::size_t size_bytes(const Scope& scope) {
  return scope.id.size() + scope.user_id.size() + scope.model.size();
}

// Whether the figure stands in the entity's own row. That of models, tags and of everything together stands in a meter.
inline bool has_own_row(const Scope& scope) {
  return scope.model.empty() && scope.kind != ScopeKind::kTag && scope.kind != ScopeKind::kGlobal;
}

}  // namespace stargate::policy::account
