#include "gateway/models.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "codec/uri.h"
#include "gateway/answer.h"
#include "policy/access.h"

namespace stargate::gateway {

namespace {

constexpr std::size_t kPageDefault = 20;  // Anthropic's API: default 20, at most 1000
constexpr std::size_t kPageMax = 1000;

struct Listed {
  std::string name;
  const policy::Deployment* deployment;
};

// Names that the caller may use, aliases among them, in alphabetical order. Patterns are no names.
std::vector<Listed> visible_models(const Call& call) {
  const policy::Catalog& catalog = call.catalog();
  std::vector<Listed> listed;
  for (const auto& [name, deployments] : catalog.by_name) {
    if (name.find('*') != std::string::npos || deployments.empty()) continue;
    if (policy::may_use(*call.principal, name)) listed.push_back({name, deployments.front()});
  }
  for (const auto& [alias, name] : catalog.aliases) {
    const auto found = catalog.by_name.find(name);
    if (found == catalog.by_name.end() || found->second.empty() || catalog.hidden_aliases.contains(alias)) continue;
    if (policy::may_use(*call.principal, alias)) listed.push_back({alias, found->second.front()});
  }
  std::ranges::sort(listed, {}, &Listed::name);
  return listed;
}

std::string iso_time(std::int64_t unix_s) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_s)));
}

// One entry bears both dialects' members: clients of either read only their own, and Claude Code takes both.
void append_model(codec::json::Writer& writer, const Call& call, const Listed& model) {
  const policy::Deployment& deployment = *model.deployment;
  const std::int64_t created_s = deployment.released_s != 0 ? deployment.released_s : call.catalog().created_s;
  writer.begin_object();
  writer.member("id", model.name);
  if (call.route.dialect == llm::Dialect::kAnthropicMessages) {
    writer.member("type", "model");
    writer.member("display_name", deployment.display_name.empty() ? model.name : deployment.display_name);
    writer.member("created_at", iso_time(created_s));
    if (deployment.context_tokens > 0) writer.member("max_input_tokens", deployment.context_tokens);
    if (deployment.max_output_tokens > 0) writer.member("max_tokens", deployment.max_output_tokens);
  } else {
    writer.member("object", "model");
    writer.member("created", created_s);
    writer.member("owned_by", "bedrock");
  }
  writer.end_object();
}

struct Page {
  std::size_t limit = kPageDefault;
  std::string after;
  std::string before;
};

Page page_of(const Call& call) {
  Page page;
  for (const auto& [name, value] : codec::parse_query(call.head().query())) {
    if (name == "after_id") page.after = value;
    if (name == "before_id") page.before = value;
    if (name == "limit") {
      std::size_t limit = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), limit);
      if (parsed.ec == std::errc() && limit > 0) page.limit = std::min(limit, kPageMax);
    }
  }
  return page;
}

std::string anthropic_list(const Call& call, std::vector<Listed> models) {
  const Page page = page_of(call);
  if (!page.after.empty()) {
    std::erase_if(models, [&](const Listed& model) { return model.name <= page.after; });
  }
  if (!page.before.empty()) {
    std::erase_if(models, [&](const Listed& model) { return model.name >= page.before; });
  }
  // before_id asks for the page that ends just before it.
  const bool more = models.size() > page.limit;
  const std::size_t surplus = more ? models.size() - page.limit : 0;
  const auto first = page.before.empty() ? models.end() - static_cast<std::ptrdiff_t>(surplus) : models.begin();
  models.erase(first, first + static_cast<std::ptrdiff_t>(surplus));
  std::string body;
  codec::json::Writer writer(body);
  writer.begin_object();
  writer.key("data");
  writer.begin_array();
  for (const Listed& model : models) append_model(writer, call, model);
  writer.end_array();
  writer.member("has_more", more);
  writer.member_raw("first_id", models.empty() ? "null" : codec::json::quoted(models.front().name));
  writer.member_raw("last_id", models.empty() ? "null" : codec::json::quoted(models.back().name));
  writer.end_object();
  return body;
}

std::string openai_list(const Call& call, const std::vector<Listed>& models) {
  std::string body;
  codec::json::Writer writer(body);
  writer.begin_object();
  writer.member("object", "list");
  writer.key("data");
  writer.begin_array();
  for (const Listed& model : models) append_model(writer, call, model);
  writer.end_array();
  writer.end_object();
  return body;
}

}  // namespace

Task<Result<void>> list_models(Call& call) {
  std::vector<Listed> models = visible_models(call);
  std::string body = call.route.dialect == llm::Dialect::kAnthropicMessages ? anthropic_list(call, std::move(models))
                                                                            : openai_list(call, models);
  auto sent = co_await respond_json(call, 200, std::move(body));
  co_return sent;
}

Task<Result<void>> show_model(Call& call) {
  const std::vector<Listed> models = visible_models(call);
  const auto found = std::ranges::find(models, call.route.rest, &Listed::name);
  if (found == models.end()) {
    co_return base::client_error(ErrorCode::kNotFound,
                                 fmt::format("The model '{}' does not exist or is not available "
                                             "for this key. GET /v1/models lists what is.",
                                             call.route.rest),
                                 "model");
  }
  std::string body;
  codec::json::Writer writer(body);
  append_model(writer, call, *found);
  auto sent = co_await respond_json(call, 200, std::move(body));
  co_return sent;
}

}  // namespace stargate::gateway
