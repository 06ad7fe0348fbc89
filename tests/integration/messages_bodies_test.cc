// Golden Messages requests, fitted by the shipped capability table to every Claude model, against the simulator's own
// beliefs of what Bedrock refuses: a first request must not need to be healed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "codec/json.h"
#include "llm/lane/lane.h"
#include "sim/models.h"
#include "sim/prompt.h"
#include "sim/refusals.h"
#include "tests/support/shipped_capabilities.h"

namespace stargate {
namespace {

namespace fs = std::filesystem;
namespace json = codec::json;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(MessagesBodies, EveryModelTakesWhatTheTableMakesOfThem) {
  const fs::path root = fs::path(STARGATE_SOURCE_DIR) / "tests/golden/anthropic_messages";
  int taken = 0;
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("cc_")) continue;
    const auto body = *json::Document::parse_copy(read_file(entry.path() / "request.json"));
    const auto header = json::Document::parse_copy(read_file(entry.path() / "headers.json"));
    const llm::ClientHeaders headers{header ? header->root().text_at("anthropic-beta") : "", "2023-06-01"};
    const auto facts = llm::read_facts(llm::Dialect::kAnthropicMessages, body);
    ASSERT_TRUE(facts.has_value()) << name;
    for (const sim::Model& model : sim::models()) {
      if (!model.id.starts_with("anthropic.")) continue;
      llm::Target target;
      target.upstream_model = model.id;
      target.capabilities = &test::shipped_capabilities().find(model.id);
      target.max_output_tokens = model.max_output_tokens;
      const auto prepared = llm::prepare(llm::Dialect::kAnthropicMessages, body, *facts, headers, target, {}, {});
      if (!prepared) continue;  // refused by the gateway itself: server tools
      std::string text;
      for (const std::string_view piece : prepared->pieces) text += piece;
      const auto upstream = *json::Document::parse_copy(text);
      const sim::Prompt prompt = sim::read_prompt(upstream.root());
      const auto answer = sim::refuse(model, upstream.root(), prompt);
      // A conversation with tool search cannot go on without it; Claude Code knows this answer and sends all tools.
      if (!answer && answer.error().message.find("'tool_reference'") != std::string::npos) continue;
      EXPECT_TRUE(answer.has_value()) << name << " on " << model.id << ": " << answer.error().message;
      if (answer) ++taken;
    }
  }
  EXPECT_GT(taken, 100);
}

}  // namespace
}  // namespace stargate
