#include "llm/binding/bedrock_invoke.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/hash.h"
#include "codec/uri.h"
#include "llm/binding/betas.h"
#include "llm/binding/field_rules.h"
#include "llm/binding/model_rules.h"
#include "llm/binding/sources.h"
#include "llm/binding/system_fold.h"

namespace stargate::llm::binding {

namespace json = codec::json;

namespace {

constexpr std::string_view kAnthropicVersion = "\"bedrock-2023-05-31\"";

// What Prepared::pieces view besides the client's own bytes.
struct Kept {
  std::shared_ptr<std::string> body;  // a translator's
  std::string added;                  // with default members
  std::string folded;                 // with system messages folded
  std::vector<std::unique_ptr<json::Document>> documents;
  std::unique_ptr<json::Edits> edits;
  std::string envelope;  // of CountTokens
};

struct Binding {
  const Target& target;
  const Files& files;
  const Learned& learned;
  std::vector<std::string> betas;
  bool counting = false;
};

Result<const json::Document*> parse_kept(Kept& kept, std::string& text) {
  text.reserve(text.size() + base::kJsonPadding);
  auto document = json::Document::parse(text);
  if (!document) return std::unexpected(document.error());
  kept.documents.push_back(std::make_unique<json::Document>(std::move(*document)));
  return kept.documents.back().get();
}

std::int64_t tokens_for_counting(json::Value root) {
  const auto thinking = root.find("thinking");
  const auto budget = thinking ? thinking->find("budget_tokens") : std::nullopt;
  return budget ? budget->as_int().value_or(0) + 1 : 1;
}

// Members that the deployment's settings add when the client did not send them. False: none.
Result<bool> add_members(const json::Document& body, const Binding& binding, std::string& out) {
  const json::Value root = body.root();
  const bool has_max_tokens = root.find("max_tokens").has_value();
  const bool has_defaults = binding.target.default_members.size() > 2;
  if (has_max_tokens && !has_defaults) return false;
  json::Edits edits(body);
  if (!has_max_tokens) {
    if (binding.counting) {
      edits.append_member(root, "max_tokens", std::to_string(tokens_for_counting(root)));
    } else if (binding.target.default_max_tokens) {
      edits.append_member(root, "max_tokens", std::to_string(*binding.target.default_max_tokens));
    }
  }
  if (has_defaults) {
    auto defaults = json::Document::parse_copy(binding.target.default_members);
    if (!defaults) return base::fail(ErrorCode::kInternal, "litellm_params are not JSON: " + defaults.error().message);
    for (const json::Member member : defaults->root().members()) {
      const std::string name = member.key().text();
      if (!root.find(name)) edits.append_member(root, name, member.value().raw());
    }
  }
  if (edits.empty()) return false;
  out = edits.joined();
  return true;
}

// The body that the edits start from: the client's own, or a new text where members are added or messages folded.
Result<const json::Document*> settle_body(const json::Document& body, const Binding& binding, Kept& kept,
                                          std::vector<Loss>& losses, bool& folds) {
  const json::Document* current = &body;
  auto added = add_members(body, binding, kept.added);
  if (!added) return std::unexpected(added.error());
  if (*added) {
    auto parsed = parse_kept(kept, kept.added);
    if (!parsed) return parsed;
    current = *parsed;
  }
  folds = binding.target.capabilities->system_role == SystemRole::kFold || binding.learned.fold_system_role;
  if (auto folded = fold_system_messages(*current, folds, losses)) {
    kept.folded = std::move(*folded);
    return parse_kept(kept, kept.folded);
  }
  return current;
}

std::vector<std::size_t> system_messages(json::Value root) {
  std::vector<std::size_t> places;
  const auto messages = root.find("messages");
  if (!messages || !messages->is_array()) return places;
  std::size_t place = 0;
  for (const json::Value message : messages->elements()) {
    const auto role = message.find("role");
    if (role && role->is_string() && role->equals("system")) places.push_back(place);
    ++place;
  }
  return places;
}

std::string flags_json(const std::vector<std::string>& flags) {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  for (const std::string& flag : flags) writer.string(flag);
  writer.end_array();
  return out;
}

Result<void> rewrite(const json::Document& original, const Binding& binding, Kept& kept, Prepared& prepared) {
  const auto body = settle_body(original, binding, kept, prepared.losses, prepared.folds_system_role);
  if (!body) return std::unexpected(body.error());
  const json::Value root = (*body)->root();
  if (!prepared.folds_system_role) prepared.system_messages = system_messages(root);
  const Capabilities& caps = *binding.target.capabilities;
  const FieldRules own = caps.rules ? FieldRules({}, {}) : FieldRules(caps.fields, caps.paired);
  const FieldRules& field_rules = caps.rules ? *caps.rules : own;

  std::vector<std::string> wanted = binding.betas;
  append_body_flags(root, wanted);
  prepared.sent_betas = choose_betas(wanted, caps, binding.learned, prepared.losses);

  kept.edits = std::make_unique<json::Edits>(**body);
  ModelRules rules(**body, binding.target, *kept.edits, prepared.losses);
  for (const std::string_view moved : {"model", "stream", "anthropic_version", "anthropic_beta", "betas"}) {
    rules.drop(moved, "");
  }
  for (const std::string& field : binding.target.drop_fields) rules.drop(field, "dropped by configuration");
  if (auto done = rules.limit_max_tokens(); !done) return done;
  rules.fit_thinking(binding.learned);
  rules.fit_sampling(binding.learned);
  if (auto done = rules.fit_tools(); !done) return done;
  rules.fit_tool_references(prepared.sent_betas);
  rules.fit_user_id();
  if (auto done = rules.fit_fields(field_rules, prepared.sent_betas, binding.learned); !done) return done;
  if (auto done = inline_sources(**body, binding.files, *kept.edits, prepared.losses); !done) return done;

  if (!prepared.sent_betas.empty()) {
    kept.edits->prepend_member(root, "anthropic_beta", flags_json(prepared.sent_betas));
  }
  kept.edits->prepend_member(root, "anthropic_version", kAnthropicVersion);
  prepared.pieces = kept.edits->pieces();
  return {};
}

void set_invoke(Prepared& prepared, const Target& target) {
  prepared.target = invoke_path(target.upstream_model, "invoke-with-response-stream");
  prepared.headers.add("Content-Type", "application/json");
  prepared.headers.add("Accept", "application/vnd.amazon.eventstream");
  prepared.headers.add("X-Amzn-Bedrock-Accept", "application/json");
}

}  // namespace

std::string invoke_path(std::string_view upstream_model, std::string_view operation) {
  return "/model/" + codec::percent_encode(upstream_model) + "/" + std::string(operation);
}

std::string_view bare_model_id(std::string_view upstream_model) {
  std::string_view id = upstream_model;
  if (id.starts_with("arn:")) {
    const auto slash = id.rfind('/');
    if (slash == std::string_view::npos) return upstream_model;
    id = id.substr(slash + 1);
    // An application profile's or provisioned model's name says nothing of the model: vendor.name has a dot.
    if (id.find('.') == std::string_view::npos) return upstream_model;
  }
  static constexpr std::array<std::string_view, 9> kGeographies = {"us-gov.", "global.", "apac.", "us.", "eu.",
                                                                   "jp.",     "au.",     "ca.",   "in."};
  for (const std::string_view geography : kGeographies) {
    if (id.starts_with(geography)) return id.substr(geography.size());
  }
  return id;
}

Result<Prepared> splice_invoke(const json::Document& body, std::vector<std::string> betas, const Target& target,
                               const Files& files, const Learned& learned) {
  auto kept = std::make_shared<Kept>();
  Prepared prepared;
  const Binding binding{target, files, learned, std::move(betas)};
  if (auto done = rewrite(body, binding, *kept, prepared); !done) return std::unexpected(done.error());
  set_invoke(prepared, target);
  prepared.storage = std::move(kept);
  return prepared;
}

Result<Prepared> bind_invoke(std::shared_ptr<std::string> body, std::vector<std::string> betas, const Target& target,
                             const Learned& learned, std::vector<Loss> losses) {
  static const Files kNoFiles;
  auto kept = std::make_shared<Kept>();
  kept->body = std::move(body);
  auto document = parse_kept(*kept, *kept->body);
  if (!document) return std::unexpected(document.error());
  Prepared prepared;
  prepared.losses = std::move(losses);
  const Binding binding{target, kNoFiles, learned, std::move(betas)};
  if (auto done = rewrite(**document, binding, *kept, prepared); !done) return std::unexpected(done.error());
  set_invoke(prepared, target);
  prepared.storage = std::move(kept);
  return prepared;
}

Result<Prepared> count_invoke(const json::Document& body, std::vector<std::string> betas, const Target& target,
                              const Files& files, const Learned& learned) {
  auto kept = std::make_shared<Kept>();
  Prepared prepared;
  const Binding binding{target, files, learned, std::move(betas), true};
  if (auto done = rewrite(body, binding, *kept, prepared); !done) return std::unexpected(done.error());
  std::string native;
  for (const std::string_view piece : prepared.pieces) native += piece;
  kept->envelope = R"({"input":{"invokeModel":{"body":")" + codec::base64_encode(native) + R"("}}})";
  prepared.pieces = {kept->envelope};
  prepared.target = invoke_path(bare_model_id(target.upstream_model), "count-tokens");
  prepared.headers.add("Content-Type", "application/json");
  prepared.headers.add("Accept", "application/json");
  prepared.storage = std::move(kept);
  return prepared;
}

}  // namespace stargate::llm::binding
