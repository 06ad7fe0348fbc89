#include "sim/control_plane.h"

#include <utility>
#include <vector>

#include "codec/http1.h"
#include "codec/json.h"
#include "codec/uri.h"
#include "sim/models.h"

namespace stargate::sim {
namespace {

using codec::json::Writer;

constexpr std::string_view kRegion = "us-east-1";
constexpr std::string_view kSince = "2026-01-01T00:00:00Z";

std::string model_arn(const Model& model) {
  return "arn:aws:bedrock:" + std::string(kRegion) + "::foundation-model/" + std::string(model.id);
}

std::string profile_arn(std::string_view kind, std::string_view id) {
  return "arn:aws:bedrock:" + std::string(kRegion) + ":" + std::string(kAccountId) + ":" + std::string(kind) + "/" +
         std::string(id);
}

void write_model(Writer& writer, const Model& model) {
  writer.begin_object();
  writer.member("modelArn", model_arn(model));
  writer.member("modelId", model.id);
  writer.member("modelName", model.name);
  writer.member("providerName", "Anthropic");
  writer.member_raw("inputModalities", R"(["TEXT","IMAGE"])");
  writer.member_raw("outputModalities", R"(["TEXT"])");
  writer.member("responseStreamingSupported", true);
  writer.member_raw("customizationsSupported", "[]");
  writer.member_raw("inferenceTypesSupported",
                    model.on_demand ? R"(["ON_DEMAND","INFERENCE_PROFILE"])" : R"(["INFERENCE_PROFILE"])");
  writer.member_raw("modelLifecycle", R"({"status":"ACTIVE"})");
  writer.end_object();
}

struct Profile {
  std::string id;
  std::string name;
  std::string arn;
  std::string_view type = "SYSTEM_DEFINED";
  const Model* model = nullptr;
};

void write_profile(Writer& writer, const Profile& profile) {
  writer.begin_object();
  writer.member("inferenceProfileId", profile.id);
  writer.member("inferenceProfileArn", profile.arn);
  writer.member("inferenceProfileName", profile.name);
  writer.member("description", "Routes requests to " + std::string(profile.model->name) + ".");
  writer.key("models");
  writer.begin_array();
  writer.begin_object();
  writer.member("modelArn", model_arn(*profile.model));
  writer.end_object();
  writer.end_array();
  writer.member("status", "ACTIVE");
  writer.member("type", profile.type);
  writer.member("createdAt", kSince);
  writer.member("updatedAt", kSince);
  writer.end_object();
}

std::vector<Profile> profiles(std::string_view type) {
  std::vector<Profile> found;
  for (const Model& model : models()) {
    if (type == "APPLICATION") break;
    for (const std::string_view prefix : profile_prefixes(model)) {
      std::string id = std::string(prefix) + "." + std::string(model.id);
      std::string arn = profile_arn("inference-profile", id);
      found.push_back({.id = std::move(id),
                       .name = std::string(prefix) + " " + std::string(model.name),
                       .arn = std::move(arn),
                       .model = &model});
    }
  }
  if (type != "SYSTEM_DEFINED") {
    const auto model = resolve(kApplicationProfileModel);
    found.push_back({.id = std::string(kApplicationProfileId),
                     .name = "demo",
                     .arn = profile_arn("application-inference-profile", kApplicationProfileId),
                     .type = "APPLICATION",
                     .model = model->model});
  }
  return found;
}

std::string query_value(std::string_view query, std::string_view name) {
  for (auto& [key, value] : codec::parse_query(query)) {
    if (key == name) return std::move(value);
  }
  return {};
}

std::string list_models(std::string_view query) {
  const std::string type = query_value(query, "byInferenceType");
  const std::string provider = query_value(query, "byProvider");
  const std::string output = query_value(query, "byOutputModality");
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.key("modelSummaries");
  writer.begin_array();
  for (const Model& model : models()) {
    if (type == "PROVISIONED" || (type == "ON_DEMAND" && !model.on_demand)) continue;
    if (!output.empty() && output != "TEXT") continue;
    if (!provider.empty() && !codec::http1::iequals(provider, "anthropic")) continue;
    write_model(writer, model);
  }
  writer.end_array();
  writer.end_object();
  return json;
}

std::string list_profiles(std::string_view query) {
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.key("inferenceProfileSummaries");
  writer.begin_array();
  for (const Profile& profile : profiles(query_value(query, "type"))) write_profile(writer, profile);
  writer.end_array();
  writer.end_object();
  return json;
}

Result<std::string> get_profile(std::string_view id) {
  for (const Profile& profile : profiles({})) {
    if (profile.id != id && profile.arn != id) continue;
    std::string json;
    Writer writer(json);
    write_profile(writer, profile);
    return json;
  }
  return aws_failure(404, "ResourceNotFoundException", "Inference profile not found.");
}

Result<std::string> get_model(std::string_view id) {
  const auto resolved = resolve(id);
  if (!resolved || !resolved->bare) return validation("The provided model identifier is invalid.");
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.key("modelDetails");
  write_model(writer, *resolved->model);
  writer.end_object();
  return json;
}

}  // namespace

Result<std::string> control_plane(std::string_view path, std::string_view query) {
  constexpr std::string_view kModels = "/foundation-models";
  constexpr std::string_view kProfiles = "/inference-profiles";
  if (path == kModels) return list_models(query);
  if (path == kProfiles) return list_profiles(query);
  if (path.starts_with(std::string(kModels) + "/")) {
    return get_model(codec::percent_decode(path.substr(kModels.size() + 1)));
  }
  if (path.starts_with(std::string(kProfiles) + "/")) {
    return get_profile(codec::percent_decode(path.substr(kProfiles.size() + 1)));
  }
  return aws_failure(404, "UnknownOperationException", "Unknown operation.");
}

}  // namespace stargate::sim
