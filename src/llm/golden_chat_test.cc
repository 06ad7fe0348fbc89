// Golden cases of the Chat Completions dialect: tests/golden/openai_chat/<case>/ (requests) and
// tests/golden/openai_chat_stream/<case>/ (answers). STARGATE_RECORD=1 writes what comes out as what is expected.
// They are the tests of llm/grammar/openai_chat_read.cc, llm/grammar/openai_chat_messages.cc,
// llm/grammar/openai_chat_tools.cc, llm/grammar/openai_chat_stream.cc, llm/grammar/openai_chat_whole.cc,
// llm/grammar/anthropic_write.cc, llm/ir/request.cc, llm/lane/fit.cc and llm/lane/fit_thinking.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "codec/json.h"
#include "llm/lane/lane.h"
#include "llm/lane/translate.h"

namespace stargate::llm {
namespace {

namespace fs = std::filesystem;
namespace json = codec::json;

const fs::path kRoot = fs::path(STARGATE_SOURCE_DIR) / "tests" / "golden";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool recording() {
  const char* set = std::getenv("STARGATE_RECORD");
  return set != nullptr && std::string(set) == "1";
}

// Compares with the file, or writes it.
void expect_golden(const fs::path& path, const std::string& actual) {
  if (recording()) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  ASSERT_TRUE(fs::exists(path)) << path << " is missing; record it with STARGATE_RECORD=1";
  EXPECT_EQ(read_file(path), actual) << path;
}

// One value per line, two spaces a level; text and numbers as they stand, empty containers on one line.
void append_pretty(std::string& out, json::Value value, std::size_t depth) {
  const std::string indent = "\n" + std::string(2 * (depth + 1), ' ');
  bool first = true;
  const auto next = [&] { out.append(std::exchange(first, false) ? "" : ",").append(indent); };
  if ((!value.is_object() && !value.is_array()) || value.size() == 0) {
    out.append(value.raw());
    return;
  }
  out.push_back(value.is_object() ? '{' : '[');
  for (const json::Member member : value.members()) {
    next();
    out.append(member.key().raw()).append(": ");
    append_pretty(out, member.value(), depth + 1);
  }
  for (const json::Value item : value.elements()) {
    next();
    append_pretty(out, item, depth + 1);
  }
  out.append("\n").append(std::string(2 * depth, ' '));
  out.push_back(value.is_object() ? '}' : ']');
}

std::string pretty(const std::string& text) {
  const auto document = json::Document::parse_copy(text);
  if (!document) return "not JSON (" + document.error().message + "): " + text + "\n";
  std::string out;
  append_pretty(out, document->root(), 0);
  return out + "\n";
}

std::string error_json(const Error& error) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("code", base::name_of(error.code));
  w.member("type", error.type);
  w.member("param", error.param);
  w.member("message", error.message);
  w.end_object();
  return out;
}

std::vector<std::string> cases_of(const std::string& folder) {
  std::vector<std::string> names;
  if (!fs::exists(kRoot / folder)) return names;
  for (const auto& entry : fs::directory_iterator(kRoot / folder)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

// target.json: every member may be missing.
struct TargetFile {
  explicit TargetFile(const fs::path& path)
      : document(*json::Document::parse_copy(fs::exists(path) ? read_file(path) : "{}")) {
    const json::Value root = document.root();
    const auto set = root.find("capabilities");
    const std::string table = R"({"default":)" + std::string(set ? set->raw() : "{}") + "}";
    capabilities = *binding::CapabilityTable::parse(table);
    upstream_model = root.find("upstream_model") ? root.text_at("upstream_model") : "anthropic.claude-test-v1:0";
    target.upstream_model = upstream_model;
    target.capabilities = &capabilities.find(upstream_model);
    if (const auto value = root.find("max_output_tokens")) target.max_output_tokens = *value->as_int();
    if (const auto value = root.find("default_max_tokens")) target.default_max_tokens = *value->as_int();
    if (const auto value = root.find("drop_params")) target.drop_params = *value->as_bool();
    if (const auto value = root.find("drop_fields")) {
      for (const json::Value item : value->elements()) target.drop_fields.push_back(item.text());
    }
    if (const auto value = root.find("default_members")) target.default_members = value->raw();
    if (const auto value = root.find("files")) {
      for (const json::Member file : value->members()) {
        files[file.key().text()] = {file.value().text_at("media_type"), file.value().text_at("base64")};
      }
    }
    if (const auto value = root.find("learned_fields")) {
      for (const json::Value item : value->elements()) learned.fields.insert(item.text());
    }
    headers.anthropic_beta = root.text_at("anthropic_beta");
  }

  json::Document document;
  binding::CapabilityTable capabilities;
  std::string upstream_model;
  Target target;
  Files files;
  Learned learned;
  ClientHeaders headers;
};

std::string prepared_json(const Facts& facts, const Prepared& prepared) {
  std::string body;
  for (const std::string_view piece : prepared.pieces) body.append(piece);
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("target", prepared.target);
  w.key("headers");
  w.begin_object();
  for (const auto& field : prepared.headers.fields()) w.member(field.name, field.value);
  w.end_object();
  w.member_raw("body", body);
  w.key("losses");
  w.begin_array();
  for (const Loss& loss : prepared.losses) w.string(loss.what + ": " + loss.action);
  w.end_array();
  w.key("tool_names");
  w.begin_object();
  for (const auto& [upstream, client] : prepared.tool_names) w.member(upstream, client);
  w.end_object();
  w.member("json_tool", prepared.json_tool);
  w.key("urls");
  w.begin_array();
  for (const std::string& url : facts.urls) w.string(url);
  w.end_array();
  w.member("end_user", facts.end_user);
  w.end_object();
  return out;
}

class ChatRequest : public testing::TestWithParam<std::string> {};

TEST_P(ChatRequest, BecomesTheGoldenUpstreamRequest) {
  const fs::path folder = kRoot / "openai_chat" / GetParam();
  const TargetFile file(folder / "target.json");
  const auto body = json::Document::parse_copy(read_file(folder / "request.json"));
  ASSERT_TRUE(body) << body.error().message;
  const auto facts = read_chat_facts(*body);
  const auto prepared =
      facts ? prepare_chat(*body, *facts, file.headers, file.target, file.files, file.learned) : Failure(facts.error());
  if (!prepared) {
    EXPECT_EQ(prepared.error().source, ErrorSource::kClient);
    EXPECT_EQ(prepared.error().code, ErrorCode::kBadRequest);
    expect_golden(folder / "expected_error.json", pretty(error_json(prepared.error())));
    return;
  }
  EXPECT_FALSE(fs::exists(folder / "expected_error.json")) << "this case used to be refused";
  expect_golden(folder / "expected.json", pretty(prepared_json(*facts, *prepared)));
  // Thinking signatures and prompt caches are bound to the prefix: the same request must give the same bytes.
  const auto again = prepare_chat(*body, *facts, file.headers, file.target, file.files, file.learned);
  ASSERT_TRUE(again);
  EXPECT_EQ(prepared_json(*facts, *again), prepared_json(*facts, *prepared));
}

INSTANTIATE_TEST_SUITE_P(Golden, ChatRequest, testing::ValuesIn(cases_of("openai_chat")),
                         [](const auto& each) { return each.param; });

ReplyOptions options_of(const fs::path& path) {
  ReplyOptions options{.dialect = Dialect::kOpenAiChat,
                       .model = "claude-test",
                       .id = "chatcmpl-golden",
                       .created_s = 1'760'000'000,
                       .tool_names = {},
                       .json_tool = {}};
  if (!fs::exists(path)) return options;
  const auto document = json::Document::parse_copy(read_file(path));
  const json::Value root = document->root();
  if (const auto value = root.find("include_usage")) options.include_usage = *value->as_bool();
  if (const auto value = root.find("model")) options.model = value->text();
  options.json_tool = root.text_at("json_tool");
  if (const auto names = root.find("tool_names")) {
    for (const json::Member name : names->members()) {
      options.tool_names.emplace_back(name.key().text(), name.value().text());
    }
  }
  return options;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// Plays the events; what a client would have been sent, a failure included.
std::string play(Reply& reply, const std::vector<std::string>& events, bool stream) {
  std::string out;
  const auto failed = [&](const Error& error) {
    if (!stream) return error_json(error);
    reply.fail(error, "req_golden", out);
    return out;
  };
  for (const std::string& event : events) {
    std::string payload = event;
    payload.reserve(payload.size() + base::kJsonPadding);
    std::string piece;  // each event's bytes stand alone
    const auto done = reply.on_event(payload, piece);
    out.append(piece);
    if (!done) return failed(done.error());
    EXPECT_TRUE(!stream || piece.empty() || piece.ends_with("\n\n")) << piece;
  }
  const auto done = reply.finish(out);
  return done ? out : failed(done.error());
}

void expect_json_lines(const std::string& sse) {
  std::istringstream in(sse);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("data: ") || line == "data: [DONE]") continue;
    EXPECT_TRUE(json::Document::parse_copy(line.substr(6))) << line;
  }
}

class ChatAnswer : public testing::TestWithParam<std::string> {};

TEST_P(ChatAnswer, BecomesTheGoldenStreamAndTheGoldenObject) {
  const fs::path folder = kRoot / "openai_chat_stream" / GetParam();
  const auto events = lines_of(folder / "events.jsonl");
  ReplyOptions options = options_of(folder / "options.json");
  const auto stream = make_chat_reply(options);
  const std::string sse = play(*stream, events, true);
  expect_json_lines(sse);
  expect_golden(folder / "expected.sse", sse);
  options.stream = false;
  const auto whole = make_chat_reply(options);
  expect_golden(folder / "expected.json", pretty(play(*whole, events, false)));
  EXPECT_EQ(stream->complete(), sse.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(stream->usage().output_tokens, whole->usage().output_tokens);
  EXPECT_EQ(stream->finish_reason(), whole->finish_reason());
}

INSTANTIATE_TEST_SUITE_P(Golden, ChatAnswer, testing::ValuesIn(cases_of("openai_chat_stream")),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace stargate::llm
