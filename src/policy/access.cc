#include "policy/access.h"

#include <algorithm>
#include <string>

#include "policy/route.h"

namespace stargate::policy {

bool may_use(const Principal& principal, std::string_view name) {
  if (principal.admin || principal.models.empty()) return true;
  return std::ranges::any_of(principal.models, [&](const std::string& entry) {
    if (entry == name || entry == "all-proxy-models") return true;
    return entry.ends_with('*') && name.starts_with(std::string_view(entry).substr(0, entry.size() - 1));
  });
}

bool may_use(const Principal& principal, const Catalog& catalog, std::string_view asked) {
  if (may_use(principal, asked)) return true;
  const std::string group = group_of(catalog, asked);
  return !group.empty() && may_use(principal, group);
}

}  // namespace stargate::policy
