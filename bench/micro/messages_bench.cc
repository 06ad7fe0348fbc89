// The Messages lane on the shapes that coding agents send: the whole of facts and splice for a 60 KB body, and one text
// chunk from event-stream frame to SSE.
#include <benchmark/benchmark.h>

#include <string>

#include "codec/event_stream.h"
#include "codec/hash.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {
namespace {

namespace json = codec::json;

const binding::CapabilityTable& table() {
  static const auto kTable = *binding::CapabilityTable::parse(R"({"default":{
    "betas":{"interleaved-thinking-2025-05-14":"pass","tool-search-tool-2025-10-19":"pass",
             "advanced-tool-use-2025-11-20":{"rename":"tool-search-tool-2025-10-19"},"structured-outputs-*":"drop"},
    "fields":{"service_tier":"strip","container":"strip","mcp_servers":"strip","speed":"strip","inference_geo":"strip",
              "diagnostics":"strip","fallbacks":"strip","output_format":"strip","thread":"strip",
              "**.cache_control.scope":"strip","tools[].eager_input_streaming":"strip","tools[].strict":"strip",
              "tools[].allowed_callers":"strip"},
    "paired":{"tool-search-tool-2025-10-19":["tools[].defer_loading","tools[].input_examples"],
              "context-management-2025-06-27":["context_management"],"dangerous-tool-use-2026-09-03":["safeguards"],
              "thinking-display-updates-2026-08-18":["thinking.display=updates"]},
    "system_role":"pass","thinking_adaptive":true,"thinking_enabled":false,"effort":true,"temperature":false}})");
  return kTable;
}

std::string agent_body() {
  std::string out =
      R"({"model":"claude-opus-5-5","max_tokens":128000,"stream":true,"thinking":{"type":"adaptive"},)"
      R"("output_config":{"effort":"high"},"context_management":{"edits":[]},"system":[{"type":"text","text":")" +
      std::string(12'000, 's') + R"(","cache_control":{"type":"ephemeral"}}],"tools":[)";
  for (int tool = 0; tool < 24; ++tool) {
    out += std::string(tool > 0 ? "," : "") + R"({"name":"tool_)" + std::to_string(tool) + R"(","description":")" +
           std::string(900, 'd') + R"(","input_schema":{"type":"object","properties":{)";
    for (int property = 0; property < 6; ++property) {
      out += std::string(property > 0 ? "," : "") + "\"p" + std::to_string(property) +
             R"(":{"type":"string","description":"what this property is for"})";
    }
    out += R"(},"required":["p0"],"additionalProperties":false}})";
  }
  out += R"(],"messages":[{"role":"user","content":"go"})";
  for (int turn = 0; turn < 20; ++turn) {
    out +=
        R"(,{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"tool_1","input":{"p0":"ls"}}]},)"
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":")" +
        std::string(700, 'r') + R"(","cache_control":{"type":"ephemeral"}}]})";
  }
  return out + "]}";
}

void splice_agent_body(benchmark::State& state) {
  std::string text = agent_body();
  text.reserve(text.size() + base::kJsonPadding);
  Target target;
  target.upstream_model = "us.anthropic.claude-opus-5-5";
  target.capabilities = &table().find(target.upstream_model);
  const ClientHeaders headers{
      "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,"
      "advanced-tool-use-2025-11-20,effort-2025-11-24",
      "2023-06-01"};
  const bool with_parse = state.range(0) != 0;
  const auto parsed = *json::Document::parse(text);
  for (auto _ : state) {
    if (with_parse) {
      const auto body = *json::Document::parse(text);
      const auto facts = *read_facts(Dialect::kAnthropicMessages, body);
      auto prepared = prepare(Dialect::kAnthropicMessages, body, facts, headers, target, {}, {});
      benchmark::DoNotOptimize(prepared);
    } else {
      auto prepared = prepare(Dialect::kAnthropicMessages, parsed, {}, headers, target, {}, {});
      benchmark::DoNotOptimize(prepared);
    }
  }
  state.SetLabel(std::to_string(text.size()) + " bytes");
}
BENCHMARK(splice_agent_body)->ArgName("parse")->Arg(0)->Arg(1);

void facts_agent_body(benchmark::State& state) {
  const auto parsed = *json::Document::parse_copy(agent_body());
  for (auto _ : state) benchmark::DoNotOptimize(read_facts(Dialect::kAnthropicMessages, parsed));
}
BENCHMARK(facts_agent_body);

std::string frame_of(const std::string& event) {
  std::string frame;
  codec::event_stream::append_frame(frame,
                                    {{":event-type", std::string_view("chunk")},
                                     {":content-type", std::string_view("application/json")},
                                     {":message-type", std::string_view("event")}},
                                    R"({"bytes":")" + codec::base64_encode(event) + R"(","p":"abcdefghijk"})");
  return frame;
}

// Range 0: reply only; 1: with frame decoding.
void text_chunk(benchmark::State& state) {
  const auto reply = make_reply({});
  std::string out;
  const std::vector<std::string> opening = {
      R"({"type":"message_start","message":{"usage":{"input_tokens":1,"output_tokens":1}}})",
      R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"};
  for (std::string event : opening) {
    event.reserve(event.size() + base::kJsonPadding);
    if (!reply->on_event(event, out)) state.SkipWithError("no stream");
  }
  std::string delta =
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" the next words of it"}})";
  delta.reserve(delta.size() + base::kJsonPadding);
  const std::string frame = frame_of(delta);
  FrameReader frames;
  for (auto _ : state) {
    out.clear();
    std::string_view payload = delta;
    if (state.range(0) != 0) {
      frames.feed(frame);
      if (!*frames.next(payload)) state.SkipWithError("no payload");
    }
    if (!reply->on_event(payload, out)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(text_chunk)->ArgName("frame")->Arg(0)->Arg(1);

}  // namespace
}  // namespace stargate::llm
