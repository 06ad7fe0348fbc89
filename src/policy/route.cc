#include "policy/route.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/endpoint.h"
#include "policy/access.h"
#include "policy/suggest.h"

namespace stargate::policy {
namespace {

constexpr std::size_t kNameBytesMax = 2048;  // of a model name worth looking up; an ARN has fewer
constexpr std::size_t kNamesShownMax = 12;
constexpr std::size_t kAskedShownBytesMax = 200;
constexpr std::string_view kLongContextSuffix = "[1m]";
constexpr std::array<std::string_view, 5> kProviderPrefixes = {"bedrock/converse/", "bedrock/invoke/", "bedrock/",
                                                               "anthropic/", "anthropic."};

std::string wildcard_of(const Catalog& catalog, std::string_view asked) {
  std::string_view best;
  bool found = false;
  for (const auto& [name, deployments] : catalog.by_name) {
    if (!name.ends_with('*') || deployments.empty()) continue;
    const std::string_view stem = std::string_view(name).substr(0, name.size() - 1);
    if (!asked.starts_with(stem) || (found && stem.size() + 1 < best.size())) continue;
    best = name;
    found = true;
  }
  return std::string(best);
}

bool served(const Catalog& catalog, std::string_view name) {
  const auto found = catalog.by_name.find(name);
  return found != catalog.by_name.end() && !found->second.empty();
}

std::string look_up(const Catalog& catalog, std::string_view name) {
  if (served(catalog, name)) return std::string(name);
  if (const auto alias = catalog.aliases.find(name); alias != catalog.aliases.end() && served(catalog, alias->second)) {
    return alias->second;
  }
  if (const auto id = catalog.by_upstream_id.find(name); id != catalog.by_upstream_id.end()) return id->second;
  const std::string_view bare = aws::strip_profile_prefix(name);
  if (const auto id = catalog.by_upstream_id.find(bare); id != catalog.by_upstream_id.end()) return id->second;
  return {};
}

// "anthropic.claude-haiku-4-5-20251001-v1:0" -> "claude-haiku-4-5-20251001"
std::string_view dated_name(std::string_view bare_id) {
  const std::size_t dot = bare_id.find('.');
  if (dot != std::string_view::npos) bare_id.remove_prefix(dot + 1);
  const std::size_t version = bare_id.rfind("-v");
  if (version == std::string_view::npos) return bare_id;
  const std::string_view rest = bare_id.substr(version + 2);
  const bool numbers = !rest.empty() && rest.find_first_not_of("0123456789:") == std::string_view::npos;
  return numbers ? bare_id.substr(0, version) : bare_id;
}

std::string_view without_long_context(std::string_view name) {
  if (name.size() <= kLongContextSuffix.size()) return name;
  std::string tail(name.substr(name.size() - kLongContextSuffix.size()));
  std::ranges::replace(tail, 'M', 'm');
  return tail == kLongContextSuffix ? name.substr(0, name.size() - kLongContextSuffix.size()) : name;
}

// Draws one by weight; all weights zero: uniform.
std::size_t draw(const std::vector<const Deployment*>& pool, const Random& random) {
  std::uint64_t total = 0;
  for (const Deployment* deployment : pool) total += static_cast<std::uint64_t>(std::max(0, deployment->weight));
  if (total == 0) return static_cast<std::size_t>(random() % pool.size());
  std::uint64_t mark = random() % total;
  for (std::size_t i = 0; i < pool.size(); ++i) {
    const auto weight = static_cast<std::uint64_t>(std::max(0, pool[i]->weight));
    if (mark < weight) return i;
    mark -= weight;
  }
  return pool.size() - 1;
}

void append_shuffled(std::vector<const Deployment*>& out, std::vector<const Deployment*> pool, const Random& random) {
  while (!pool.empty()) {
    const std::size_t chosen = pool.size() == 1 ? 0 : draw(pool, random);
    out.push_back(pool[chosen]);
    pool.erase(pool.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
}

Failure unknown_model(const Catalog& catalog, std::string_view asked, const Principal* who) {
  std::vector<std::string_view> names;
  for (const auto& [name, deployments] : catalog.by_name) {
    if (!deployments.empty() && (who == nullptr || may_use(*who, name))) names.push_back(name);
  }
  std::string message = "The model '" + std::string(asked.substr(0, kAskedShownBytesMax)) + "' does not exist.";
  if (const std::string close = closest(asked, names); !close.empty()) message += " Did you mean '" + close + "'?";
  if (names.empty()) message += " This gateway serves no model to this key.";
  if (!names.empty()) message += " Available models: ";
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShownMax); ++i) {
    message += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  if (names.size() > kNamesShownMax) {
    message += " and " + std::to_string(names.size() - kNamesShownMax) + " more (GET /v1/models)";
  }
  return base::client_error(ErrorCode::kNotFound, std::move(message), "model");
}

}  // namespace

std::string group_of(const Catalog& catalog, std::string_view asked) {
  if (asked.size() > kNameBytesMax) return {};
  if (std::string group = look_up(catalog, asked); !group.empty()) return group;
  if (std::string group = wildcard_of(catalog, asked); !group.empty()) return group;
  if (const std::string_view shorter = without_long_context(asked); shorter != asked) {
    return group_of(catalog, shorter);
  }
  for (const std::string_view prefix : kProviderPrefixes) {
    if (asked.starts_with(prefix)) return group_of(catalog, asked.substr(prefix.size()));
  }
  return {};
}

Result<std::vector<const Deployment*>> candidates(const Catalog& catalog, std::string_view asked, const Random& random,
                                                  const Principal* who) {
  const auto found = catalog.by_name.find(group_of(catalog, asked));
  if (found == catalog.by_name.end() || found->second.empty()) return unknown_model(catalog, asked, who);
  if (found->second.size() == 1) return found->second;
  std::vector<const Deployment*> sorted = found->second;
  // Ties stay in file order: the pointers go into one array.
  std::ranges::sort(sorted, {}, [](const Deployment* d) { return std::pair(d->order, d); });
  std::vector<const Deployment*> out;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto last = std::find_if(first, sorted.end(), [&](const auto* d) { return d->order != (*first)->order; });
    append_shuffled(out, {first, last}, random);
    first = last;
  }
  return out;
}

void index_upstream_ids(Catalog& catalog) {
  // First the ids as they are, then what they contain: an exact id is never hidden by another one's inside. Of several
  // groups with one id the first in file order has it.
  for (const Deployment& deployment : catalog.deployments) {
    catalog.by_upstream_id.try_emplace(deployment.upstream_model, deployment.model_name);
  }
  for (const Deployment& deployment : catalog.deployments) {
    catalog.by_upstream_id.try_emplace(deployment.base_model, deployment.model_name);
    catalog.by_upstream_id.try_emplace(std::string(dated_name(deployment.base_model)), deployment.model_name);
  }
}

}  // namespace stargate::policy
