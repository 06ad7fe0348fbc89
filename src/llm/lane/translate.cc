#include "llm/lane/translate.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "llm/binding/bedrock_invoke.h"
#include "llm/binding/betas.h"
#include "llm/grammar/anthropic_write.h"
#include "llm/grammar/openai_chat_facts.h"
#include "llm/grammar/openai_chat_read.h"
#include "llm/grammar/openai_chat_reply.h"
#include "llm/lane/fit.h"

namespace stargate::llm {
namespace {

// What the upstream body holds besides the client's text: names of members, rarely more.
constexpr std::size_t kGrowthBytes = 4096;

bool listed(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

Result<Facts> read_chat_facts(const codec::json::Document& body) { return grammar::read_chat_facts(body); }

Result<Prepared> prepare_chat(const codec::json::Document& body, const Facts& facts, const ClientHeaders& headers,
                              const Target& target, const Files& files, const Learned& learned) {
  auto request = grammar::read_chat(
      body,
      {.drop_params = target.drop_params, .drop_fields = target.drop_fields, .default_members = target.default_members},
      files);
  if (!request) return Failure(request.error());
  const bool drop_limit =
      listed(target.drop_fields, "max_tokens") || listed(target.drop_fields, "max_completion_tokens");
  if (!drop_limit) request->max_tokens = facts.max_tokens;
  auto json_tool = fit(*request, target, learned);
  if (!json_tool) return Failure(json_tool.error());

  auto written = std::make_shared<std::string>();
  written->reserve(body.text().size() + kGrowthBytes);
  grammar::write_anthropic(*request, *written);
  auto betas = binding::split_flags(headers.anthropic_beta);
  std::ranges::move(request->betas, std::back_inserter(betas));
  // The deployment's own members are in the body already, in the upstream's words.
  Target bound = target;
  bound.default_members = "{}";
  bound.drop_fields.clear();
  auto prepared =
      binding::bind_invoke(std::move(written), std::move(betas), bound, learned, std::move(request->losses));
  if (!prepared) return prepared;
  prepared->tool_names.assign(request->tool_names.begin(), request->tool_names.end());
  prepared->json_tool = std::move(*json_tool);
  return prepared;
}

std::unique_ptr<Reply> make_chat_reply(ReplyOptions options) { return grammar::make_chat_reply(std::move(options)); }

}  // namespace stargate::llm
