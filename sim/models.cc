#include "sim/models.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace stargate::sim {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kOut128k = 128'000;

// What changed at 4.6 (no prefill, effort, adaptive thinking), 4.7 (adaptive only, no sampling pairs), 5 and 5.5.
constexpr Model generation_46(Model model) {
  model.context_tokens = kMillion;
  model.max_output_tokens = kOut128k;
  model.on_demand = true;
  model.thinking = Thinking::kBoth;
  model.effort = true;
  model.prefill = false;
  model.tool_search = true;
  model.generation = 46;
  return model;
}

constexpr Model generation_47(Model model) {
  model = generation_46(model);
  model.thinking = Thinking::kAdaptive;
  model.generation = 47;
  return model;
}

constexpr Model generation_5(Model model) {
  model = generation_47(model);
  model.on_demand = false;
  model.count_tokens = false;
  model.temperature = false;
  model.system_role = true;
  model.generation = 50;
  return model;
}

constexpr Model generation_55(Model model) {
  model = generation_5(model);
  model.binds_thinking = true;
  model.generation = 55;
  return model;
}

constexpr std::array kModels = {
    Model{.id = "anthropic.claude-sonnet-4-20250514-v1:0",
          .name = "Claude Sonnet 4",
          .profiles = "global us eu apac",
          .temperature_with_top_p = true,
          .cache_ttl = false,
          .generation = 40},
    Model{.id = "anthropic.claude-opus-4-1-20250805-v1:0",
          .name = "Claude Opus 4.1",
          .profiles = "us",
          .max_output_tokens = 32'000,
          .cache_ttl = false,
          .generation = 41},
    Model{.id = "anthropic.claude-sonnet-4-5-20250929-v1:0",
          .name = "Claude Sonnet 4.5",
          .profiles = "global us eu au jp",
          .tool_search = true,
          .structured = true},
    Model{.id = "anthropic.claude-haiku-4-5-20251001-v1:0",
          .name = "Claude Haiku 4.5",
          .profiles = "global us eu au jp in",
          .cache_min_tokens = 4096,
          .tool_search = true,
          .structured = true},
    Model{.id = "anthropic.claude-opus-4-5-20251101-v1:0",
          .name = "Claude Opus 4.5",
          .profiles = "global us eu",
          .cache_min_tokens = 4096,
          .effort = true,
          .temperature_with_top_p = true,
          .tool_search = true,
          .structured = true},
    generation_46({.id = "anthropic.claude-opus-4-6-v1",
                   .name = "Claude Opus 4.6",
                   .profiles = "global us eu au",
                   .cache_min_tokens = 4096,
                   .structured = true}),
    generation_46({.id = "anthropic.claude-sonnet-4-6",
                   .name = "Claude Sonnet 4.6",
                   .profiles = "global us eu au jp",
                   .cache_min_tokens = 2048}),
    generation_47({.id = "anthropic.claude-opus-4-7",
                   .name = "Claude Opus 4.7",
                   .profiles = "global us eu au jp",
                   .cache_min_tokens = 2048}),
    [] {
      Model model = generation_47(
          {.id = "anthropic.claude-opus-4-8", .name = "Claude Opus 4.8", .profiles = "global us eu au jp"});
      model.system_role = true;
      return model;
    }(),
    generation_5({.id = "anthropic.claude-opus-5",
                  .name = "Claude Opus 5",
                  .profiles = "global us eu au jp in",
                  .cache_min_tokens = 512}),
    generation_55({.id = "anthropic.claude-opus-5-5", .name = "Claude Opus 5.5", .profiles = "global us eu au jp"}),
    generation_5({.id = "anthropic.claude-sonnet-5", .name = "Claude Sonnet 5", .profiles = "global us eu au jp in"}),
    generation_55({.id = "anthropic.claude-sonnet-5-5", .name = "Claude Sonnet 5.5", .profiles = "global us eu au"}),
    generation_55({.id = "anthropic.claude-haiku-5-5", .name = "Claude Haiku 5.5", .profiles = "global us eu au jp"}),
    generation_5({.id = "anthropic.claude-fable-5",
                  .name = "Claude Fable 5",
                  .profiles = "global us eu",
                  .cache_min_tokens = 512}),
    generation_55({.id = "anthropic.claude-fable-5-1", .name = "Claude Fable 5.1", .profiles = "global us"}),
    generation_55({.id = "anthropic.claude-fable-5-2", .name = "Claude Fable 5.2", .profiles = "global us"}),
};

const Model* find(std::string_view id) {
  const auto* found = std::ranges::find(kModels, id, &Model::id);
  return found == kModels.end() ? nullptr : found;
}

const Model* find_profile(std::string_view id) {
  const auto dot = id.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const Model* model = find(id.substr(dot + 1));
  if (model == nullptr) return nullptr;
  const auto prefixes = profile_prefixes(*model);
  return std::ranges::find(prefixes, id.substr(0, dot)) == prefixes.end() ? nullptr : model;
}

// "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic..." -> {"inference-profile",
// "us.anthropic..."}
std::pair<std::string_view, std::string_view> arn_resource(std::string_view arn) {
  std::size_t place = 0;
  for (int colons = 0; colons < 5; ++colons) {
    place = arn.find(':', place);
    if (place == std::string_view::npos) return {};
    ++place;
  }
  const std::string_view resource = arn.substr(place);
  const auto slash = resource.find('/');
  if (slash == std::string_view::npos) return {};
  return {resource.substr(0, slash), resource.substr(slash + 1)};
}

}  // namespace

std::span<const Model> models() { return kModels; }

std::vector<std::string_view> profile_prefixes(const Model& model) {
  std::vector<std::string_view> prefixes;
  std::string_view rest = model.profiles;
  while (!rest.empty()) {
    const auto space = rest.find(' ');
    prefixes.push_back(rest.substr(0, space));
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  }
  return prefixes;
}

Result<ResolvedModel> resolve(std::string_view model_id) {
  std::string_view kind;
  if (model_id.starts_with("arn:")) std::tie(kind, model_id) = arn_resource(model_id);
  if (kind == "application-inference-profile" && model_id == kApplicationProfileId) {
    return ResolvedModel{.model = find(kApplicationProfileModel)};
  }
  if (kind.empty() || kind == "foundation-model") {
    if (const Model* model = find(model_id)) return ResolvedModel{.model = model, .bare = true};
  }
  if (kind.empty() || kind == "inference-profile") {
    if (const Model* model = find_profile(model_id)) return ResolvedModel{.model = model};
  }
  return validation("The provided model identifier is invalid.");
}

base::Failure aws_failure(int status, std::string type, std::string message) {
  Error error;
  error.code = status == 429 ? ErrorCode::kRateLimited : status < 500 ? ErrorCode::kBadRequest : ErrorCode::kInternal;
  error.source = ErrorSource::kClient;
  error.message = std::move(message);
  error.type = std::move(type);
  error.upstream_status = status;
  return base::Failure(std::move(error));
}

base::Failure validation(std::string message) { return aws_failure(400, "ValidationException", std::move(message)); }

}  // namespace stargate::sim
