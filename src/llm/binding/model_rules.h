// What a capability set does to the members of a Messages body, as edits over its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "llm/binding/capabilities.h"
#include "llm/binding/field_rules.h"
#include "llm/lane/lane.h"

namespace stargate::llm::binding {

// One body on its way to an upstream model. Lives for one call; collects edits and losses, owns neither.
class ModelRules {
 public:
  ModelRules(const codec::json::Document& body, const Target& target, codec::json::Edits& edits,
             std::vector<Loss>& losses)
      : body_(body), root_(body.root()), target_(target), caps_(*target.capabilities), edits_(edits), losses_(losses) {}

  // Erases a top-level member when it is there; `why` empty: not a loss (it moved elsewhere).
  void drop(std::string_view member, std::string_view why = "dropped");

  // Lowers max_tokens to the model's maximum. Error: kBadRequest when it is missing.
  Result<void> limit_max_tokens();
  // Adaptive to enabled and back, a budget below max_tokens, no thinking where there is none.
  void fit_thinking(const Learned& learned);
  // temperature, top_p, top_k.
  void fit_sampling(const Learned& learned);
  // Empty lists go; tools that do not exist behind InvokeModel are refused. Error: kBadRequest.
  Result<void> fit_tools();
  // References to tools that a search found become text where the flag of tool search is not in `sent`.
  void fit_tool_references(const std::vector<std::string>& sent);
  void fit_user_id();
  // Strips and refuses fields: the set's own, the paired ones whose flag is not in `sent`, and learned ones.
  Result<void> fit_fields(const FieldRules& rules, const std::vector<std::string>& sent, const Learned& learned);

 private:
  void make_adaptive(codec::json::Value thinking, codec::json::Value type, const Learned& learned);
  void add_effort(std::int64_t budget, const Learned& learned);
  bool takes(std::string_view field, const Learned& learned) const;
  bool name_tool_in_text(codec::json::Value block);
  void strip(const FieldPattern& pattern);
  void strip_unsupported();
  void drop_empty_output_config();
  std::int64_t budget_for_effort() const;
  void clamp_budget(codec::json::Value thinking, std::string_view type);

  const codec::json::Document& body_;
  codec::json::Value root_;
  const Target& target_;
  const Capabilities& caps_;
  codec::json::Edits& edits_;
  std::vector<Loss>& losses_;
  std::int64_t max_tokens_ = 0;
  bool effort_added_ = false;
  std::set<std::size_t> erased_;  // offsets of the keys that are gone
};

}  // namespace stargate::llm::binding
