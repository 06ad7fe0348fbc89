// Golden cases of the Messages dialect. STARGATE_RECORD=1 writes what the code gives now; read the difference.
//   tests/golden/anthropic_messages/<case>/: request.json, headers.json?, target.json -> expected.json (what goes
//     upstream, and what was lost) or expected_error.json
//   tests/golden/anthropic_messages_stream/<case>/: events.jsonl -> expected.sse and expected.json (the whole answer)
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "codec/event_stream.h"
#include "codec/hash.h"
#include "llm/lane/lane.h"
#include "tests/support/shipped_capabilities.h"

namespace stargate::llm {
namespace {

namespace fs = std::filesystem;
namespace json = codec::json;

const fs::path kRoot = fs::path(STARGATE_SOURCE_DIR) / "tests" / "golden";

bool recording() { return std::getenv("STARGATE_RECORD") != nullptr; }

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> cases_of(const std::string& grammar) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kRoot / grammar)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void compare(const fs::path& path, const std::string& actual) {
  if (recording()) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(read_file(path), actual) << path;
}

std::string name_of_case(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(name.begin(), name.end(), [](char byte) { return byte == '-' || byte == '.'; }, '_');
  return name;
}

struct Case {
  explicit Case(const fs::path& folder)
      : target_text(read_file(folder / "target.json")),
        body(*json::Document::parse_copy(read_file(folder / "request.json"))) {
    auto settings = json::Document::parse_copy(target_text);
    const json::Value root = settings->root();
    upstream_model = root.text_at("upstream_model");
    target.upstream_model = upstream_model;
    target.capabilities = &test::shipped_capabilities().find(upstream_model);
    if (const auto value = root.find("max_output_tokens")) target.max_output_tokens = *value->as_int();
    if (const auto value = root.find("default_max_tokens")) target.default_max_tokens = *value->as_int();
    if (const auto value = root.find("default_members")) target.default_members = std::string(value->raw());
    if (const auto value = root.find("drop_fields")) {
      for (const json::Value field : value->elements()) target.drop_fields.push_back(field.text());
    }
    if (const auto value = root.find("files")) {
      for (const json::Member file : value->members()) {
        files[file.key().text()] = {file.value().text_at("media_type"), file.value().text_at("base64")};
      }
    }
    if (const auto value = root.find("learned_fields")) {
      for (const json::Value field : value->elements()) learned.fields.insert(field.text());
    }
    if (const auto value = root.find("learned_betas")) {
      for (const json::Value flag : value->elements()) learned.betas.insert(flag.text());
    }
    const std::string header_text = read_file(folder / "headers.json");
    if (header_text.empty()) return;
    auto document = json::Document::parse_copy(header_text);
    headers.anthropic_beta = document->root().text_at("anthropic-beta");
    headers.anthropic_version = document->root().text_at("anthropic-version");
  }
  std::string target_text;
  json::Document body;
  std::string upstream_model;
  Target target;
  Files files;
  Learned learned;
  ClientHeaders headers;
};

std::string rendered(const Error& error) {
  const RenderedError answer = render_error(Dialect::kAnthropicMessages, error, "req_golden");
  return "{\"status\":" + std::to_string(answer.status) + ",\n \"body\":" + answer.body + "}\n";
}

// One member per line for the reader, each with its exact bytes.
std::string described(const Prepared& prepared) {
  std::string body;
  for (const std::string_view piece : prepared.pieces) body += piece;
  std::string out = "{\"target\":" + json::quoted(prepared.target) + ",\n \"headers\":{";
  bool comma = false;
  for (const auto& field : prepared.headers.fields()) {
    out += (comma ? "," : "") + json::quoted(field.name) + ":" + json::quoted(field.value);
    comma = true;
  }
  out += "},\n \"losses\":[";
  comma = false;
  for (const Loss& loss : prepared.losses) {
    out += (comma ? ",\n  " : "\n  ") + json::quoted(loss.what + " => " + loss.action);
    comma = true;
  }
  return out + "],\n \"body\":" + body + "}\n";
}

Result<Prepared> run(const Case& golden) {
  auto facts = read_facts(Dialect::kAnthropicMessages, golden.body);
  if (!facts) return std::unexpected(facts.error());
  return prepare(Dialect::kAnthropicMessages, golden.body, *facts, golden.headers, golden.target, golden.files,
                 golden.learned);
}

class MessagesRequest : public testing::TestWithParam<std::string> {};

TEST_P(MessagesRequest, BecomesInvoke) {
  const fs::path folder = kRoot / "anthropic_messages" / GetParam();
  const Case golden(folder);
  const auto prepared = run(golden);
  if (!prepared) return compare(folder / "expected_error.json", rendered(prepared.error()));
  ASSERT_FALSE(fs::exists(folder / "expected_error.json"));
  compare(folder / "expected.json", described(*prepared));
  EXPECT_TRUE(json::Document::parse_copy(described(*prepared)).has_value()) << "the upstream body is not JSON";
  EXPECT_EQ(described(*prepared), described(*run(golden))) << "not deterministic";
}

INSTANTIATE_TEST_SUITE_P(Golden, MessagesRequest, testing::ValuesIn(cases_of("anthropic_messages")), name_of_case);

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// The upstream's bytes: one frame per event; a line {"exception": type, "message": words} becomes an exception frame.
std::string framed(const std::vector<std::string>& events) {
  std::string bytes;
  for (const std::string& event : events) {
    const auto document = json::Document::parse_copy(event);
    const std::string exception = document ? document->root().text_at("exception") : std::string();
    if (!exception.empty()) {
      const std::string payload = R"({"message":)" + json::quoted(document->root().text_at("message")) + "}";
      codec::event_stream::append_frame(bytes,
                                        {{":exception-type", std::string_view(exception)},
                                         {":content-type", std::string_view("application/json")},
                                         {":message-type", std::string_view("exception")}},
                                        payload);
      continue;
    }
    const std::string payload = R"({"bytes":")" + codec::base64_encode(event) + R"(","p":"abcdefgh"})";
    codec::event_stream::append_frame(bytes,
                                      {{":event-type", std::string_view("chunk")},
                                       {":content-type", std::string_view("application/json")},
                                       {":message-type", std::string_view("event")}},
                                      payload);
  }
  return bytes;
}

// What a client reads when the upstream's bytes arrive in two parts.
std::string answer(std::string_view bytes, std::size_t split, bool stream) {
  FrameReader frames;
  ReplyOptions options;
  options.stream = stream;
  const auto reply = make_reply(options);
  std::string out;
  std::optional<Error> failure;
  for (const std::string_view part : {bytes.substr(0, split), bytes.substr(split)}) {
    frames.feed(part);
    std::string_view payload;
    while (!failure) {
      const auto more = frames.next(payload);
      if (!more) failure = more.error();
      if (failure || !*more) break;
      if (const auto done = reply->on_event(payload, out); !done) failure = done.error();
    }
  }
  if (!failure) {
    if (const auto done = reply->finish(out); !done) failure = done.error();
  }
  if (failure && stream) {
    reply->fail(*failure, "req_golden", out);
  } else if (failure) {
    out = rendered(*failure);
  }
  const Usage& usage = reply->usage();
  if (!stream) {
    out += "\n" +
           json::quoted(reply->finish_reason() + " in=" + std::to_string(usage.input_tokens) + " out=" +
                        std::to_string(usage.output_tokens) + " read=" + std::to_string(usage.cache_read_tokens) +
                        " write=" + std::to_string(usage.cache_write_tokens)) +
           "\n";
  }
  return out;
}

// The events that come out of the frames, one per line, and the error that ended them.
std::string payloads_of(std::string_view bytes, std::size_t split) {
  FrameReader frames;
  std::string out;
  for (const std::string_view part : {bytes.substr(0, split), bytes.substr(split)}) {
    frames.feed(part);
    std::string_view payload;
    for (;;) {
      const auto more = frames.next(payload);
      if (!more) return out + "error: " + more.error().message;
      if (!*more) break;
      out += std::string(payload) + "\n";
    }
  }
  return frames.mid_frame() ? out + "cut" : out;
}

class MessagesReply : public testing::TestWithParam<std::string> {};

TEST_P(MessagesReply, StreamAndWhole) {
  const fs::path folder = kRoot / "anthropic_messages_stream" / GetParam();
  const std::string bytes = framed(lines_of(read_file(folder / "events.jsonl")));
  const std::string streamed = answer(bytes, bytes.size(), true);
  const std::string whole = answer(bytes, bytes.size(), false);
  compare(folder / "expected.sse", streamed);
  compare(folder / "expected.json", whole);
  const std::string payloads = payloads_of(bytes, bytes.size());
  for (std::size_t split = 0; split < bytes.size(); ++split) {
    ASSERT_EQ(payloads_of(bytes, split), payloads) << "split at " << split;
  }
  for (std::size_t split = 0; split < bytes.size(); split += 61) {
    ASSERT_EQ(answer(bytes, split, true), streamed) << "split at " << split;
    ASSERT_EQ(answer(bytes, split, false), whole) << "split at " << split;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, MessagesReply, testing::ValuesIn(cases_of("anthropic_messages_stream")), name_of_case);

}  // namespace
}  // namespace stargate::llm
