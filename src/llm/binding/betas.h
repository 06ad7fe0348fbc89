// Which of the beta flags that a client wants go upstream.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "llm/binding/capabilities.h"
#include "llm/lane/lane.h"

namespace stargate::llm::binding {

// "a, b,c" -> {"a", "b", "c"}; the form of the anthropic-beta header, also when it came in several fields.
std::vector<std::string> split_flags(std::string_view header);

// Flags that stand in a body: members `betas` (SDKs) and `anthropic_beta` (Bedrock's form), arrays or comma lists.
void append_body_flags(codec::json::Value root, std::vector<std::string>& flags);

// Passes, renames or drops each flag; order kept, doubles removed. A flag all of whose paired fields will be stripped
// anyway is dropped with them. Every drop and rename goes to `losses`.
std::vector<std::string> choose_betas(const std::vector<std::string>& wanted, const Capabilities& capabilities,
                                      const Learned& learned, std::vector<Loss>& losses);

}  // namespace stargate::llm::binding
