#include "sim/bedrock.h"

#include <gtest/gtest.h>

#include <vector>

#include "aws/sigv4.h"
#include "codec/event_stream.h"
#include "codec/hash.h"
#include "sim/options.h"
#include "tests/support/sim/fakes.h"

namespace stargate::sim {
namespace {

using codec::json::Document;

constexpr std::string_view kPath = "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/";

std::string native(std::string_view prompt, std::string_view more = "") {
  return "{\"anthropic_version\":\"bedrock-2023-05-31\",\"max_tokens\":1000,\"messages\":[{\"role\":\"user\","
         "\"content\":" +
         codec::json::quoted(prompt) + "}]" + std::string(more) + "}";
}

struct Frame {
  std::string kind;  // event or exception type
  std::string json;  // for chunks: what their base64 holds
};

std::vector<Frame> frames_of(std::string_view bytes) {
  codec::event_stream::Decoder decoder;
  decoder.feed(bytes);
  codec::event_stream::Message message;
  std::vector<Frame> frames;
  for (;;) {
    const auto there = decoder.next(message);
    if (!there) {
      frames.push_back({.kind = "corrupt", .json = {}});
      return frames;
    }
    if (!*there) break;
    Frame frame{.kind = std::string(message.text(":event-type")), .json = std::string(message.payload)};
    if (frame.kind.empty()) frame.kind = message.text(":exception-type");
    if (frame.kind == "chunk") {
      const auto payload = Document::parse_copy(frame.json);
      frame.json = codec::base64_decode(payload->root().text_at("bytes")).value_or("");
    }
    frames.push_back(std::move(frame));
  }
  if (decoder.mid_frame()) frames.push_back({.kind = "half", .json = {}});
  return frames;
}

class BedrockTest : public ::testing::Test {
 protected:
  static Settings settings() {
    Settings settings = read_options({}, {})->settings;
    settings.auth.enabled = false;
    return settings;
  }
  void use(Settings given) {
    world_ = std::make_unique<World>(std::move(given));
    bedrock_ = std::make_unique<Bedrock>(*world_, env_);
  }
  void SetUp() override { use(settings()); }

  test::RecordingClient& call(std::string_view operation, std::string body, std::size_t writes_taken = SIZE_MAX) {
    client_ = std::make_unique<test::RecordingClient>("POST", std::string(kPath).append(operation), std::move(body));
    client_->writes_taken = writes_taken;
    test::serve(*bedrock_, *client_);
    return *client_;
  }
  std::vector<Frame> stream(std::string_view prompt) {
    return frames_of(call("invoke-with-response-stream", native(prompt)).bytes);
  }
  // The last entry of the bill.
  std::string billed() {
    const auto bill = Document::parse_copy(world_->bill.json());
    std::string text;
    for (const auto entry : bill->root().find("entries")->elements()) {
      text = entry.text_at("end") + " " + std::string(entry.find("output_tokens")->raw());
    }
    return text;
  }

  test::JumpingEnv env_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Bedrock> bedrock_;
  std::unique_ptr<test::RecordingClient> client_;
};

TEST_F(BedrockTest, StreamIsWhatAnthropicSends) {
  const auto frames = stream("[[sim text=10 tokens]]");
  std::string types;
  for (const Frame& frame : frames) types += Document::parse_copy(frame.json)->root().text_at("type") + " ";
  EXPECT_EQ(
      types,
      "message_start content_block_start content_block_delta content_block_delta content_block_stop message_delta "
      "message_stop ");
  EXPECT_TRUE(client_->ended);
  EXPECT_EQ(client_->answer->headers.get("content-type"), "application/vnd.amazon.eventstream");
  EXPECT_EQ(billed(), "complete 10");
}

TEST_F(BedrockTest, SpeedIsKept) {
  Settings slow = settings();
  slow.ttft = std::chrono::milliseconds(300);
  slow.tokens_per_second = 50;
  use(slow);
  const MonoTime before = env_.now();
  const auto frames = stream("[[sim text=100 tokens]]");
  EXPECT_EQ(env_.now() - before, std::chrono::milliseconds(2300));
  const auto stop = Document::parse_copy(frames.back().json);
  const auto metrics = stop->root().find("amazon-bedrock-invocationMetrics");
  EXPECT_EQ(metrics->find("firstByteLatency")->as_int(), 300);
  EXPECT_EQ(metrics->find("invocationLatency")->as_int(), 2300);
}

TEST_F(BedrockTest, AClientThatGoesAwayPaysForWhatWasGenerated) {
  call("invoke-with-response-stream", native("[[sim text=100 tokens]]"), 5);
  EXPECT_EQ(billed(), "client_gone 20");  // 3 deltas were taken, the fourth had been generated
  EXPECT_FALSE(client_->ended);
}

TEST_F(BedrockTest, FaultsOfAStream) {
  const std::string text = "[[sim text=100 tokens]] ";
  EXPECT_EQ(stream(text + "[[sim fault=mid_stream_exception after=4]]").back().kind, "modelStreamErrorException");
  EXPECT_EQ(billed(), "exception 10");
  EXPECT_TRUE(client_->ended);
  EXPECT_EQ(stream(text + "[[sim fault=corrupt_crc after=4]]").back().kind, "corrupt");
  EXPECT_EQ(stream(text + "[[sim fault=half_frame after=4]]").back().kind, "half");
  EXPECT_TRUE(client_->ended);
  EXPECT_EQ(stream(text + "[[sim fault=cut after=4]]").size(), 4U);
  EXPECT_FALSE(client_->ended);  // never ended: the server cuts the connection
  EXPECT_EQ(billed(), "cut 10");
}

TEST_F(BedrockTest, StallAndSlowFirstByteTakeTheirTime) {
  const MonoTime before = env_.now();
  stream("[[sim fault=stall after=3 delay=5000]]");
  stream("[[sim fault=slow_first_byte delay=7000]]");
  EXPECT_EQ(env_.now() - before, std::chrono::seconds(12));
  EXPECT_TRUE(client_->ended);
}

TEST_F(BedrockTest, ErrorsAreAnsweredAsAwsDoes) {
  const auto& client = call("invoke", native("[[sim fault=throttle retry_after=2]]"));
  EXPECT_EQ(client.answer->status, 429);
  EXPECT_TRUE(client.answer->headers.get("x-amzn-errortype").starts_with("ThrottlingException:"));
  EXPECT_EQ(client.answer->headers.get("retry-after"), "2");
  EXPECT_EQ(client.bytes, R"({"message":"Too many requests, please wait before trying again."})");
  EXPECT_EQ(billed(), "");
  EXPECT_EQ(call("invoke", "{").answer->status, 400);
  EXPECT_EQ(call("dance", "{}").answer->headers.get("x-amzn-errortype").substr(0, 25), "UnknownOperationException");
}

TEST_F(BedrockTest, SignaturesAreChecked) {
  Settings strict = settings();
  strict.auth.enabled = true;
  use(strict);
  EXPECT_EQ(call("invoke", native("hi")).answer->status, 403);
  const auto signed_status = [&](std::string_view secret, std::string_view sent_body) {
    aws::SigningIdentity identity = strict.auth.identity;
    identity.secret_access_key = Secret(std::string(secret));
    const std::string path = std::string(kPath) + "invoke";
    const std::string body = native("hi");
    const aws::SigningRequest request{.method = "POST",
                                      .path = path,
                                      .query = "",
                                      .headers = {{"host", "localhost"}},
                                      .body_hash = codec::sha256(body)};
    test::RecordingClient client("POST", path, sent_body.empty() ? body : std::string(sent_body));
    client.mutable_head().headers.add("Host", "localhost");
    for (auto& [name, value] :
         aws::sign(request, identity, {.region = "eu-west-1", .service = "bedrock"}, env_.wall())) {
      client.mutable_head().headers.add(name, value);
    }
    test::serve(*bedrock_, client);
    return client.answer->status;
  };
  EXPECT_EQ(signed_status(kExampleSecretKey, ""), 200);
  EXPECT_EQ(signed_status("another", ""), 403);
  EXPECT_EQ(signed_status(kExampleSecretKey, native("ho")), 403);
}

TEST_F(BedrockTest, RecordsHideCredentials) {
  client_ = std::make_unique<test::RecordingClient>("POST", std::string(kPath) + "invoke",
                                                    native("hi", R"(,"anthropic_beta":["effort-2025-11-24"])"));
  client_->mutable_head().headers.add("Authorization", "Bearer not-to-be-seen");
  test::serve(*bedrock_, *client_);
  const std::string records = world_->recorder.json();
  EXPECT_EQ(records.find("not-to-be-seen"), std::string::npos);
  const auto document = Document::parse_copy(records);
  const auto record = *document->root().find("requests")->elements().begin();
  EXPECT_EQ(record.find("anthropic_beta")->raw(), R"(["effort-2025-11-24"])");
  EXPECT_EQ(record.find("status")->as_int(), 200);
}

TEST_F(BedrockTest, ControlEndpoints) {
  const auto control = [&](const std::string& method, const std::string& path, std::string body = "") {
    test::RecordingClient client(method, path, std::move(body));
    test::serve(*bedrock_, client);
    return std::to_string(client.answer->status) + " " + client.bytes;
  };
  EXPECT_EQ(control("GET", "/_sim/health"), R"(200 {"status":"ok"})");
  EXPECT_EQ(control("POST", "/_sim/faults", R"([{"fault":{"kind":"503"}}])"), R"(200 {"rules":1})");
  EXPECT_EQ(call("invoke", native("hi")).answer->status, 503);
  EXPECT_EQ(control("DELETE", "/_sim/faults"), "200 {}");
  EXPECT_EQ(call("invoke", native("hi")).answer->status, 200);
  EXPECT_EQ(control("POST", "/_sim/faults", "[{}]").substr(0, 3), "400");
  EXPECT_EQ(control("DELETE", "/_sim/"), "200 {}");
  EXPECT_EQ(world_->recorder.json(), R"({"seen":0,"requests":[]})");
}

TEST_F(BedrockTest, BenchAnswersAreMadeOnce) {
  Settings bench = settings();
  bench.bench_reply_bytes = 1000;
  bench.bench_chunks = 100;
  use(bench);
  const auto frames = frames_of(call("invoke-with-response-stream", "anything").bytes);
  EXPECT_EQ(frames.size(), 105U);
  EXPECT_EQ(client_->writes, 105U);
  EXPECT_TRUE(Document::parse_copy(call("invoke", "anything").bytes));
}

}  // namespace
}  // namespace stargate::sim
