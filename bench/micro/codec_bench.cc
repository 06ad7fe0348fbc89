// The byte codecs on the shapes that the corridor sees: a 60 KB coding-agent request, small stream events, body hashes.
#include <benchmark/benchmark.h>

#include <string>

#include "codec/event_stream.h"
#include "codec/hash.h"
#include "codec/http1.h"
#include "codec/json.h"
#include "codec/sse.h"

namespace stargate::codec {
namespace {

// Prose and code with the usual number of line breaks and quotes.
std::string prose(std::size_t size) {
  constexpr std::string_view kLine = "  if (result.has_value()) { return \"ok\"; }  // then the caller goes on\n";
  std::string out;
  while (out.size() < size) out.append(kLine);
  out.resize(size);
  return out;
}

void write_tool(json::Writer& w, int number) {
  w.begin_object();
  w.member("name", "tool_" + std::to_string(number));
  w.member("description", prose(900));
  w.key("input_schema");
  w.begin_object();
  w.member("type", "object");
  w.key("properties");
  w.begin_object();
  for (int i = 0; i < 6; ++i) {
    w.key("property_" + std::to_string(i));
    w.begin_object();
    w.member("type", "string");
    w.member("description", "what this property of the tool is for");
    w.end_object();
  }
  w.end_object();
  w.member_raw("required", "[\"property_0\",\"property_1\"]");
  w.member("additionalProperties", false);
  w.end_object();
  w.end_object();
}

std::string agent_body() {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("model", "claude-sonnet-4-5");
  w.key("messages");
  w.begin_array();
  for (int i = 0; i < 12; ++i) {
    w.begin_object();
    w.member("role", i % 2 == 0 ? "user" : "assistant");
    w.key("content");
    w.begin_array();
    w.begin_object();
    w.member("type", "text");
    w.member("text", prose(1200));
    w.end_object();
    w.end_array();
    w.end_object();
  }
  w.end_array();
  w.key("system");
  w.begin_array();
  w.begin_object();
  w.member("type", "text");
  w.member("text", prose(16000));
  w.member_raw("cache_control", "{\"type\":\"ephemeral\"}");
  w.end_object();
  w.end_array();
  w.key("tools");
  w.begin_array();
  for (int i = 0; i < 16; ++i) write_tool(w, i);
  w.end_array();
  w.member("max_tokens", 32000);
  w.member("stream", true);
  w.end_object();
  out.reserve(out.size() + base::kJsonPadding);
  return out;
}

void count_bytes(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(size));
}

void json_parse(benchmark::State& state) {
  const std::string body = agent_body();
  for (auto _ : state) {
    auto document = json::Document::parse(body);
    benchmark::DoNotOptimize(document->nodes().data());
  }
  count_bytes(state, body.size());
}
BENCHMARK(json_parse);

void json_parse_and_splice(benchmark::State& state) {
  const std::string body = agent_body();
  for (auto _ : state) {
    const auto document = json::Document::parse(body);
    json::Edits edits(*document);
    for (const json::Member member : document->root().members()) {
      if (member.named("model") || member.named("stream")) edits.erase_member(document->root(), member.key());
    }
    edits.prepend_member(document->root(), "anthropic_version", "\"bedrock-2023-05-31\"");
    benchmark::DoNotOptimize(edits.pieces());
  }
  count_bytes(state, body.size());
}
BENCHMARK(json_parse_and_splice);

void json_parse_event(benchmark::State& state) {
  std::string event =
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello there, this is a chunk"}})";
  event.reserve(event.size() + base::kJsonPadding);
  for (auto _ : state) {
    const auto document = json::Document::parse(event);
    benchmark::DoNotOptimize(document->root().find("delta")->find("text")->escaped());
  }
}
BENCHMARK(json_parse_event);

void json_append_escaped(benchmark::State& state) {
  const std::string text = prose(60'000);
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::append_escaped(out, text);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, text.size());
}
BENCHMARK(json_append_escaped);

void json_unescape(benchmark::State& state) {
  std::string escaped;
  json::append_escaped(escaped, prose(60'000));
  for (auto _ : state) benchmark::DoNotOptimize(json::unescape(escaped));
  count_bytes(state, escaped.size());
}
BENCHMARK(json_unescape);

void hash_sha256(benchmark::State& state) {
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(sha256(body));
  count_bytes(state, body.size());
}
BENCHMARK(hash_sha256)->Arg(64)->Arg(65536);

void hash_hmac(benchmark::State& state) {
  const std::string key(32, 'k');
  const std::string text(150, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(hmac_sha256(key, text));
}
BENCHMARK(hash_hmac);

// One Bedrock chunk: frame, base64 inside its JSON, and the event written for the client.
void event_stream_chunk(benchmark::State& state) {
  const std::string inner =
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello there, this is a chunk"}})";
  std::string frame;
  event_stream::append_frame(frame,
                             {{":event-type", std::string_view("chunk")},
                              {":content-type", std::string_view("application/json")},
                              {":message-type", std::string_view("event")}},
                             "{\"bytes\":\"" + base64_encode(inner) + "\",\"p\":\"abcdefghijklmnop\"}");
  event_stream::Decoder decoder;
  event_stream::Message message;
  std::string payload;
  std::string out;
  for (auto _ : state) {
    decoder.feed(frame);
    benchmark::DoNotOptimize(decoder.next(message));
    const std::string_view text = message.payload.substr(10);
    payload.clear();
    base64_decode_append(payload, text.substr(0, text.find('"')));
    out.clear();
    sse::append_event(out, "content_block_delta", payload);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(event_stream_chunk);

void http1_request_head(benchmark::State& state) {
  std::string head = "POST /v1/messages?beta=true HTTP/1.1\r\nHost: localhost:4000\r\nContent-Length: 0\r\n";
  for (int i = 0; i < 18; ++i) head += "X-Stainless-Field-" + std::to_string(i) + ": some value of a usual length\r\n";
  head += "\r\n";
  http1::RequestParser parser;
  for (auto _ : state) {
    parser.reset();
    benchmark::DoNotOptimize(parser.parse_head(head));
  }
}
BENCHMARK(http1_request_head);

}  // namespace
}  // namespace stargate::codec
