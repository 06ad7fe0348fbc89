#include "policy/account/scope.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace stargate::policy::account {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 8> kNames = {"key",      "user",         "team", "member",
                                                    "customer", "organization", "tag",  "global"};

}  // namespace

std::string_view name_of(ScopeKind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

ScopeKind scope_kind_of(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return ScopeKind::kGlobal;
  return static_cast<ScopeKind>(found - kNames.begin());
}

}  // namespace stargate::policy::account
