#include "llm/grammar/openai_chat_members.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <utility>

namespace stargate::llm::grammar {
namespace {

using enum MemberRule;

constexpr std::size_t kMemberBytesMax = 64;
constexpr std::size_t kTypingErrorsMax = 2;

// Sorted by name. Sources: OpenAI's "Create chat completion" reference; LiteLLM's documentation of its request members;
// Anthropic's Messages reference.
constexpr auto kMembers = std::to_array<std::pair<std::string_view, MemberRule>>({
    {"additional_drop_params", kElsewhere},
    {"allowed_openai_params", kConsumed},
    {"anthropic_beta", kRead},
    {"api_base", kConsumed},
    {"api_key", kConsumed},
    {"api_version", kConsumed},
    {"audio", kUnsupported},
    {"base_url", kConsumed},
    {"cache", kConsumed},
    {"cache_control", kAnthropic},
    {"caching", kConsumed},
    {"container", kAnthropic},
    {"context_management", kAnthropic},
    {"context_window_fallback_dict", kConsumed},
    {"context_window_fallbacks", kConsumed},
    {"disable_fallbacks", kConsumed},
    {"drop_params", kElsewhere},
    {"extra_body", kConsumed},
    {"extra_headers", kConsumed},
    {"fallbacks", kConsumed},
    {"frequency_penalty", kUnsupported},
    {"function_call", kElsewhere},
    {"functions", kElsewhere},
    {"guardrails", kConsumed},
    {"inference_geo", kAnthropic},
    {"logit_bias", kUnsupported},
    {"logprobs", kUnsupported},
    {"max_completion_tokens", kElsewhere},
    {"max_retries", kConsumed},
    {"max_tokens", kElsewhere},
    {"mcp_servers", kAnthropic},
    {"messages", kElsewhere},
    {"metadata", kConsumed},
    {"min_p", kUnsupported},
    {"mock_response", kConsumed},
    {"modalities", kUnsupported},
    {"model", kElsewhere},
    {"moderation", kConsumed},
    {"n", kUnsupported},
    {"no-log", kConsumed},
    {"num_retries", kConsumed},
    {"output_config", kRead},
    {"parallel_tool_calls", kElsewhere},
    {"prediction", kConsumed},
    {"presence_penalty", kUnsupported},
    {"prompt_cache_key", kConsumed},
    {"prompt_cache_retention", kConsumed},
    {"prompt_id", kConsumed},
    {"prompt_variables", kConsumed},
    {"provider", kConsumed},
    {"reasoning_effort", kRead},
    {"repetition_penalty", kUnsupported},
    {"request_timeout", kConsumed},
    {"response_format", kRead},
    {"safeguards", kAnthropic},
    {"safety_identifier", kConsumed},
    {"seed", kUnsupported},
    {"service_tier", kConsumed},
    {"speed", kAnthropic},
    {"stop", kRead},
    {"stop_sequences", kRead},
    {"store", kConsumed},
    {"stream", kElsewhere},
    {"stream_options", kElsewhere},
    {"tags", kConsumed},
    {"temperature", kRead},
    {"thinking", kRead},
    {"timeout", kConsumed},
    {"tool_choice", kElsewhere},
    {"tools", kElsewhere},
    {"top_k", kRead},
    {"top_logprobs", kUnsupported},
    {"top_p", kRead},
    {"user", kElsewhere},
    {"verbosity", kUnsupported},
    {"web_search_options", kUnsupported},
});

static_assert(std::ranges::is_sorted(kMembers, {}, &std::pair<std::string_view, MemberRule>::first));

// Levenshtein's distance of two short names.
std::size_t distance(std::string_view left, std::string_view right) {
  std::array<std::size_t, kMemberBytesMax + 1> row{};
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
      diagonal = above;
    }
  }
  return row[right.size()];
}

std::optional<std::size_t> index_of(std::string_view member) {
  const auto found = std::ranges::lower_bound(kMembers, member, {}, &std::pair<std::string_view, MemberRule>::first);
  if (found == kMembers.end() || found->first != member) return std::nullopt;
  return static_cast<std::size_t>(found - kMembers.begin());
}

}  // namespace

std::optional<MemberRule> rule_of(std::string_view member) {
  if (const auto index = index_of(member)) return kMembers[*index].second;
  // LiteLLM reserves these prefixes for itself and its callbacks.
  if (member.starts_with("litellm_") || member.starts_with("langfuse_")) return kConsumed;
  return std::nullopt;
}

std::string_view nearest_member(std::string_view member) {
  if (member.size() > kMemberBytesMax) return {};
  std::string_view best;
  std::size_t least = kTypingErrorsMax + 1;
  for (const auto& [name, rule] : kMembers) {
    const std::size_t errors = distance(member, name);
    if (errors >= least || errors >= name.size() / 2) continue;
    least = errors;
    best = name;
  }
  return best;
}

std::string_view repeated_member(codec::json::Value root) {
  std::bitset<kMembers.size()> seen;
  for (const codec::json::Member member : root.members()) {
    const codec::json::Value key = member.key();
    const bool plain = key.escaped().find('\\') == std::string_view::npos;
    const auto index = plain ? index_of(key.escaped()) : index_of(key.text());
    if (!index) continue;
    if (seen.test(*index)) return kMembers[*index].first;
    seen.set(*index);
  }
  return {};
}

}  // namespace stargate::llm::grammar
