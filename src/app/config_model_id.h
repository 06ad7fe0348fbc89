// The forms that litellm_params.model takes, read into what Stargate must know. Pure.
// Source: LiteLLM's Bedrock provider page (docs.litellm.ai/docs/providers/bedrock).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stargate::app {

enum class ModelForm : std::uint8_t {
  kServed,     // Claude on Bedrock, or an ARN that may be one
  kNotServed,  // LiteLLM knows it, Stargate does not serve it yet
  kWrong,      // neither
};

struct ModelId {
  ModelForm form = ModelForm::kWrong;
  std::string bedrock_id;  // bare id, profile id, ARN, or "*"
  std::string region;      // from "bedrock/<region>/..." or from the ARN
  bool converse = false;   // asked for Converse; served by InvokeModel, which gives the same answers
  std::string message;     // for the other forms: what it is
  std::string instead;
};

ModelId read_model_id(std::string_view model);

}  // namespace stargate::app
