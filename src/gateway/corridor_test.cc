// The corridor from the client's head to the record, with a scripted upstream.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "gateway/gateway.h"
#include "tests/support/gateway/fakes.h"

namespace stargate::gateway {
namespace {

using std::chrono::seconds;
using test::Script;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kStart =
    R"({"type":"message_start","message":{"id":"msg_bdrk_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}})";
constexpr std::string_view kBlockStart =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})";
constexpr std::string_view kDelta =
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}})";
constexpr std::string_view kBlockStop = R"({"type":"content_block_stop","index":0})";
constexpr std::string_view kMessageDelta =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}})";
constexpr std::string_view kStop =
    R"({"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":10,"outputTokenCount":5,"invocationLatency":1,"firstByteLatency":1}})";

std::vector<test::Step> whole_answer() {
  std::vector<test::Step> steps;
  for (const auto event : {kStart, kBlockStart, kDelta, kBlockStop, kMessageDelta, kStop}) {
    steps.emplace_back(test::chunk_frame(event));
  }
  return steps;
}

Script good() {
  Script script;
  script.body = whole_answer();
  return script;
}

Script count_answer() {
  Script script;
  script.body.emplace_back(R"({"inputTokens":7})");
  return script;
}

Script refusal(int status, std::string type, std::string message) {
  Script script;
  script.status = status;
  script.headers = {{"x-amzn-ErrorType", std::move(type)}};
  script.body.emplace_back(R"({"message":")" + message + R"("})");
  return script;
}

std::size_t pings_of(const std::string& text) {
  std::size_t pings = 0;
  for (std::size_t at = text.find("event: ping"); at != std::string::npos; at = text.find("event: ping", at + 1)) {
    ++pings;
  }
  return pings;
}

class Corridor : public testing::Test {
 protected:
  Corridor() : upstream_(env_), fetcher_(env_), log_(2, base::LogForm::kHuman, base::LogLevel::kError) {
    const auto catalog = catalog_;
    catalog->body_bytes_max = 1 << 20;
    auto table = llm::binding::CapabilityTable::parse(R"({"default":{"betas":{}}})");
    EXPECT_TRUE(table) << table.error().message;
    catalog->capabilities = std::make_shared<llm::binding::CapabilityTable>(std::move(*table));
    catalog->deployments.resize(2);
    for (std::size_t i = 0; i < 2; ++i) {
      policy::Deployment& deployment = catalog->deployments[i];
      deployment.id = i == 0 ? "one" : "two";
      deployment.model_name = i == 0 ? "claude" : "claude-pair";
      deployment.upstream_model = "us.anthropic.claude-x-v1:0";
      deployment.region = "us-east-1";
      deployment.endpoint_host = "bedrock-runtime.us-east-1.amazonaws.com";
      deployment.max_output_tokens = 64000;
      deployment.capabilities = &catalog->capabilities->find("us.anthropic.claude-x-v1:0");
    }
    catalog->by_name["claude"] = {&catalog->deployments[0]};
    catalog->by_name["claude-pair"] = {&catalog->deployments[0], &catalog->deployments[1]};
    add_key(*catalog, "sk-dev", {});
    add_key(*catalog, "sk-narrow", {"claude-pair"});
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->catalog = catalog;
    credentials_ = std::make_shared<test::FixedCredentials>(env_);
    snapshot->credentials[catalog->deployments[0].credentials_key] = credentials_;
    gateway_ = std::make_unique<Gateway>(Services{&upstream_, &fetcher_, &env_, &sink_, &log_}, snapshot);
  }

  // The models are such that Bedrock counts for.
  void counts_tokens() {
    auto table = llm::binding::CapabilityTable::parse(R"({"default":{"betas":{},"count_tokens":true}})");
    ASSERT_TRUE(table) << table.error().message;
    catalog_->capabilities = std::make_shared<llm::binding::CapabilityTable>(std::move(*table));
    for (policy::Deployment& deployment : catalog_->deployments) {
      deployment.capabilities = &catalog_->capabilities->find(deployment.upstream_model);
    }
  }

  static void add_key(policy::Catalog& catalog, std::string_view key, std::vector<std::string> models) {
    auto principal = std::make_shared<policy::Principal>();
    principal->admin = key == "sk-dev";
    principal->key_hash = codec::hex(codec::sha256(key));
    principal->models = std::move(models);
    catalog.principals[principal->key_hash] = principal;
  }

  test::RecordingDownstream& ask(std::string target, std::string body, std::string key = "sk-dev") {
    client_ = std::make_unique<test::RecordingDownstream>("POST", std::move(target), std::move(body));
    client_->head_.headers.add("authorization", "Bearer " + key);
    test::run(io_, gateway_->serve(*client_));
    return *client_;
  }
  test::RecordingDownstream& messages(bool stream = true, std::string model = "claude", std::string key = "sk-dev") {
    return ask("/v1/messages?beta=true",
               R"({"model":")" + model + R"(","max_tokens":50,"stream":)" + (stream ? "true" : "false") +
                   R"(,"messages":[{"role":"user","content":"hi"}]})",
               std::move(key));
  }
  const ports::RequestRecord& record() { return sink_.records.back(); }

  boost::asio::io_context io_;
  test::ManualEnv env_;
  test::ScriptedUpstream upstream_;
  test::ScriptedFetcher fetcher_;
  test::RecordingSink sink_;
  base::Log log_;
  std::shared_ptr<policy::Catalog> catalog_ = std::make_shared<policy::Catalog>();
  std::shared_ptr<test::FixedCredentials> credentials_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<test::RecordingDownstream> client_;
};

TEST_F(Corridor, AMessagesStreamReachesTheClientAsNamedEvents) {
  upstream_.then(good());
  const auto& client = messages();
  EXPECT_EQ(client.answer_.status, 200);
  EXPECT_THAT(client.text_, HasSubstr("event: message_start\ndata: {\"type\":\"message_start\""));
  EXPECT_THAT(client.text_, HasSubstr("event: content_block_delta\ndata: " + std::string(kDelta) + "\n\n"));
  EXPECT_THAT(client.text_, HasSubstr("event: message_stop\n"));
  EXPECT_THAT(client.text_, Not(HasSubstr("invocationMetrics")));
  EXPECT_TRUE(client.ended_);
  EXPECT_FALSE(client.answer_.headers.get("request-id").empty());
  EXPECT_EQ(client.answer_.headers.get("x-litellm-model-id"), "one");
  EXPECT_EQ(record().usage.output_tokens, 5);
  EXPECT_EQ(record().finish_reason, "end_turn");
}

TEST_F(Corridor, TheUpstreamGetsASignedInvokeCallAndNoneOfTheClientsCredentials) {
  upstream_.then(good());
  messages();
  ASSERT_EQ(upstream_.sent().size(), 1u);
  const test::Sent& sent = upstream_.sent().front();
  EXPECT_EQ(sent.target, "/model/us.anthropic.claude-x-v1%3A0/invoke-with-response-stream");
  EXPECT_THAT(std::string(sent.headers.get("authorization")),
              HasSubstr("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/bedrock/"));
  EXPECT_EQ(sent.headers.get("host"), "bedrock-runtime.us-east-1.amazonaws.com");
  EXPECT_THAT(sent.body, HasSubstr("bedrock-2023-05-31"));
  EXPECT_THAT(sent.body, Not(HasSubstr("\"stream\"")));
  for (const auto& header : sent.headers.fields()) EXPECT_THAT(header.value, Not(HasSubstr("sk-dev")));
}

TEST_F(Corridor, AWholeMessageIsAggregatedFromTheStream) {
  upstream_.then(good());
  const auto& client = messages(false);
  EXPECT_EQ(client.answer_.status, 200);
  EXPECT_EQ(client.answer_.headers.get("content-type"), "application/json");
  EXPECT_THAT(client.text_, HasSubstr(R"("text":"Hello")"));
  EXPECT_THAT(client.text_, HasSubstr(R"("stop_reason":"end_turn")"));
}

TEST_F(Corridor, AChatStreamEndsWithUsageAndDone) {
  upstream_.then(good());
  const auto& client = ask(
      "/v1/chat/completions",
      R"({"model":"claude","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_THAT(client.text_, HasSubstr(R"("content":"Hello")"));
  EXPECT_THAT(client.text_, HasSubstr(R"("choices":[])"));
  EXPECT_THAT(client.text_, HasSubstr(R"("completion_tokens":5)"));
  EXPECT_TRUE(client.text_.ends_with("data: [DONE]\n\n"));
}

TEST_F(Corridor, ErrorsSpeakTheDialectOfThePath) {
  EXPECT_THAT(messages(true, "claude", "sk-unknown").text_, HasSubstr(R"("type":"authentication_error")"));
  EXPECT_EQ(client_->answer_.status, 401);
  EXPECT_EQ(client_->answer_.headers.get("x-should-retry"), "false");
  const auto& chat = ask("/chat/completions", R"({"model":"gpt-99","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(chat.answer_.status, 404);
  EXPECT_THAT(chat.text_, HasSubstr("gpt-99"));
  EXPECT_THAT(chat.text_, HasSubstr(R"("code":)"));
  EXPECT_EQ(messages(true, "claude", "sk-narrow").answer_.status, 403);
}

TEST_F(Corridor, ABodyThatIsNotJsonIsToldWhere) {
  const auto& client = ask("/v1/messages", R"({"model":"claude",)");
  EXPECT_EQ(client.answer_.status, 400);
  EXPECT_THAT(client.text_, HasSubstr("byte"));
}

TEST_F(Corridor, AThrottleIsRetriedWithPausesAndThenPassedOn) {
  for (int i = 0; i < 3; ++i) upstream_.then(refusal(429, "ThrottlingException", "Too many requests, slow down."));
  const auto& client = messages();
  EXPECT_EQ(upstream_.sent().size(), 3u);
  EXPECT_GT(env_.slept(), Duration::zero());
  EXPECT_EQ(client.answer_.status, 429);
  EXPECT_THAT(client.text_, HasSubstr("Too many requests, slow down."));
  EXPECT_EQ(record().attempts.size(), 3u);
}

TEST_F(Corridor, AnotherDeploymentIsAskedAtOnce) {
  upstream_.then(refusal(503, "ServiceUnavailableException", "busy"));
  upstream_.then(good());
  const auto& client = messages(true, "claude-pair");
  EXPECT_EQ(client.answer_.status, 200);
  EXPECT_EQ(env_.slept(), Duration::zero());
  EXPECT_EQ(record().attempts.front().outcome, "ServiceUnavailableException");
}

TEST_F(Corridor, AnExceptionAsFirstFrameIsStillAnHttpError) {
  Script script;
  script.body.emplace_back(test::exception_frame("validationException", "prompt is too long: 9 tokens > 8 maximum"));
  upstream_.then(std::move(script));
  const auto& client = messages();
  EXPECT_EQ(client.answer_.status, 400);
  EXPECT_THAT(client.text_, HasSubstr("prompt is too long: 9 tokens > 8 maximum"));
}

TEST_F(Corridor, AnExceptionInTheMiddleBecomesAnErrorEvent) {
  Script script;
  script.body = {test::chunk_frame(kStart), test::chunk_frame(kBlockStart), test::chunk_frame(kDelta),
                 test::exception_frame("modelStreamErrorException", "the model broke")};
  upstream_.then(std::move(script));
  const auto& client = messages();
  EXPECT_EQ(client.answer_.status, 200);
  EXPECT_THAT(client.text_, HasSubstr("Hello"));
  EXPECT_THAT(client.text_, HasSubstr("event: error\ndata: {\"type\":\"error\""));
  EXPECT_TRUE(client.ended_);
}

TEST_F(Corridor, ACutAnswerIsNeverAQuietEnd) {
  Script script;
  script.body = {test::chunk_frame(kStart), test::chunk_frame(kBlockStart), test::chunk_frame(kDelta)};
  upstream_.then(std::move(script));
  EXPECT_THAT(messages().text_, HasSubstr("event: error"));
  Script cut;
  cut.body = {test::chunk_frame(kStart)};
  upstream_.then(std::move(cut));
  EXPECT_EQ(messages(false).answer_.status, 502);
}

TEST_F(Corridor, SilenceIsFilledWithPingsAlsoBeforeTheFirstEvent) {
  Script script = good();
  script.before_head = {test::Silence{seconds(25)}};
  script.body.insert(script.body.begin() + 2, test::Silence{seconds(35)});
  upstream_.then(std::move(script));
  const auto& client = messages();
  EXPECT_EQ(pings_of(client.text_), 5u);
  EXPECT_TRUE(client.text_.starts_with("event: ping"));
  EXPECT_THAT(client.text_, HasSubstr("event: message_stop"));
}

TEST_F(Corridor, ARefusedBetaIsLearnedAndTheNextRequestGoesWithoutIt) {
  upstream_.then(refusal(400, "ValidationException", "context_management: Extra inputs are not permitted"));
  upstream_.then(good());
  const std::string body =
      R"({"model":"claude","max_tokens":5,"stream":true,"context_management":{"edits":[]},"messages":[{"role":"user","content":"hi"}]})";
  EXPECT_EQ(ask("/v1/messages", body).answer_.status, 200);
  ASSERT_EQ(upstream_.sent().size(), 2u);
  EXPECT_THAT(upstream_.sent()[1].body, Not(HasSubstr("context_management")));
  upstream_.then(good());
  EXPECT_EQ(ask("/v1/messages", body).answer_.status, 200);
  EXPECT_EQ(upstream_.sent().size(), 3u);
}

TEST_F(Corridor, ExpiredCredentialsAreFetchedAnewOnce) {
  upstream_.then(refusal(403, "ExpiredTokenException", "The security token included in the request is expired"));
  upstream_.then(good());
  EXPECT_EQ(messages().answer_.status, 200);
  EXPECT_EQ(credentials_->refusals, 1);
}

TEST_F(Corridor, CountingHealsAsInferenceDoes) {
  counts_tokens();
  const std::string body =
      R"({"model":"claude","context_management":{"edits":[]},"messages":[{"role":"user","content":"hi"}]})";
  upstream_.then(refusal(403, "ExpiredTokenException", "The security token included in the request is expired"));
  Script skewed = refusal(403, "InvalidSignatureException", "Signature expired");
  skewed.headers.emplace_back("Date", "Thu, 01 Jan 2026 02:00:00 GMT");
  upstream_.then(std::move(skewed));
  upstream_.then(refusal(400, "ValidationException", "context_management: Extra inputs are not permitted"));
  upstream_.then(count_answer());
  const auto& client = ask("/v1/messages/count_tokens", body);
  EXPECT_EQ(client.answer_.status, 200) << client.text_;
  EXPECT_EQ(client.text_, R"({"input_tokens":7})");
  EXPECT_EQ(credentials_->refusals, 1);
  ASSERT_EQ(upstream_.sent().size(), 4u);
  EXPECT_EQ(upstream_.sent()[0].headers.get("x-amz-date"), "20260101T000000Z");
  EXPECT_EQ(upstream_.sent()[2].headers.get("x-amz-date"), "20260101T020000Z") << "the clock is put right";
  upstream_.then(count_answer());
  EXPECT_EQ(ask("/v1/messages/count_tokens", body).answer_.status, 200);
  EXPECT_EQ(upstream_.sent().size(), 5u) << "what was learned holds for the next";
}

TEST_F(Corridor, CountingAsksADeploymentThatCan) {
  const auto* cannot = catalog_->deployments[0].capabilities;
  const std::shared_ptr<const llm::binding::CapabilityTable> kept = catalog_->capabilities;
  counts_tokens();
  catalog_->deployments[0].capabilities = cannot;
  upstream_.then(count_answer());
  const std::string body = R"({"model":"claude-pair","messages":[{"role":"user","content":"hi"}]})";
  EXPECT_EQ(ask("/v1/messages/count_tokens", body).answer_.status, 200);
  EXPECT_EQ(record().deployment_id, "two");
  catalog_->deployments[0].capabilities = catalog_->deployments[1].capabilities;
  upstream_.then(refusal(403, "AccessDeniedException", "not allowed to count"));
  upstream_.then(count_answer());
  EXPECT_EQ(ask("/v1/messages/count_tokens", body).answer_.status, 200);
  EXPECT_EQ(upstream_.sent().size(), 3u);
}

TEST_F(Corridor, CountingGivesUpOnCredentialsThatStayRefused) {
  counts_tokens();
  for (int i = 0; i < 3; ++i) upstream_.then(refusal(403, "ExpiredTokenException", "expired"));
  const auto& client =
      ask("/v1/messages/count_tokens", R"({"model":"claude","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_GE(client.answer_.status, 400);
  EXPECT_EQ(upstream_.sent().size(), 2u);
  EXPECT_EQ(credentials_->refusals, 2);
}

TEST_F(Corridor, AClientThatLeavesEndsTheCallAndIsAccountedFor) {
  Script script;
  script.body = {test::chunk_frame(kStart), test::chunk_frame(kDelta), test::Hangup{}};
  upstream_.then(std::move(script));
  messages();
  EXPECT_EQ(record().error, "cancelled");
  EXPECT_EQ(record().usage.input_tokens, 10);
}

TEST_F(Corridor, PathsWithoutModelsAreAnsweredToo) {
  struct Case {
    std::string method, target;
    int status;
    std::string holds;
  };
  const std::vector<Case> cases = {
      {"GET", "/health/liveliness", 200, "alive"},
      {"GET", "/health/readiness", 200, "healthy"},
      {"HEAD", "/api/hello", 200, ""},
      {"GET", "/", 200, "stargate"},
      {"POST", "/api/event_logging/batch", 200, "ok"},
      {"OPTIONS", "/v1/messages", 204, ""},
      {"GET", "/v1/messages", 405, "POST"},
      {"GET", "/nowhere", 404, "/nowhere"},
      {"POST", "/v1/v1/messages", 404, "base URL"},
  };
  for (const Case& c : cases) {
    test::RecordingDownstream client(c.method, c.target, "{}");
    client.head_.headers.add("origin", "https://app.example");
    test::run(io_, gateway_->serve(client));
    EXPECT_EQ(client.answer_.status, c.status) << c.method << " " << c.target;
    EXPECT_THAT(client.text_, HasSubstr(c.holds)) << c.target;
    EXPECT_EQ(client.answer_.headers.get("access-control-allow-origin"), "*");
  }
}

TEST_F(Corridor, ModelsAreListedInTheFormOfTheAsker) {
  test::RecordingDownstream openai("GET", "/v1/models");
  openai.head_.headers.add("authorization", "Bearer sk-dev");
  test::run(io_, gateway_->serve(openai));
  EXPECT_THAT(openai.text_, HasSubstr(R"({"object":"list","data":[{"id":"claude","object":"model")"));
  test::RecordingDownstream anthropic("GET", "/v1/models?limit=1");
  anthropic.head_.headers.add("x-api-key", "sk-dev");
  anthropic.head_.headers.add("anthropic-version", "2023-06-01");
  test::run(io_, gateway_->serve(anthropic));
  EXPECT_THAT(anthropic.text_, HasSubstr(R"("type":"model")"));
  EXPECT_THAT(anthropic.text_, HasSubstr(R"("has_more":true,"first_id":"claude","last_id":"claude")"));
  test::RecordingDownstream before("GET", "/v1/models?limit=1&before_id=claude-pairs");
  before.head_.headers.add("x-api-key", "sk-dev");
  before.head_.headers.add("anthropic-version", "2023-06-01");
  test::run(io_, gateway_->serve(before));
  EXPECT_THAT(before.text_, HasSubstr(R"("has_more":true,"first_id":"claude-pair","last_id":"claude-pair")"));
  test::RecordingDownstream narrow("GET", "/v1/models");
  narrow.head_.headers.add("authorization", "Bearer sk-narrow");
  test::run(io_, gateway_->serve(narrow));
  EXPECT_THAT(narrow.text_, Not(HasSubstr(R"("id":"claude",)")));
}

TEST_F(Corridor, WithoutCountTokensTheAnswerIsAnHonest501) {
  const auto& client =
      ask("/v1/messages/count_tokens", R"({"model":"claude","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(client.answer_.status, 501);
  EXPECT_THAT(client.text_, HasSubstr(R"("type":"error")"));
}

TEST_F(Corridor, HealthAsksEachDeploymentForOneTokenAndRemembers) {
  upstream_.then(good());
  upstream_.then(refusal(403, "AccessDeniedException", "no access"));
  for (int round = 0; round < 2; ++round) {
    test::RecordingDownstream client("GET", "/health");
    client.head_.headers.add("authorization", "Bearer sk-dev");
    test::run(io_, gateway_->serve(client));
    EXPECT_EQ(client.answer_.status, 200);
    EXPECT_THAT(client.text_, HasSubstr(R"("healthy_count":1,"unhealthy_count":1)"));
  }
  EXPECT_EQ(upstream_.sent().size(), 2u);
  EXPECT_THAT(upstream_.sent()[0].body, HasSubstr(R"("max_tokens":1)"));
}

TEST_F(Corridor, HealthOfOtherKeysCostsNothing) {
  test::RecordingDownstream client("GET", "/health");
  client.head_.headers.add("authorization", "Bearer sk-narrow");
  test::run(io_, gateway_->serve(client));
  EXPECT_THAT(client.text_, HasSubstr(R"("unhealthy_count":0,"unknown_count":1)"));
  EXPECT_THAT(client.text_, Not(HasSubstr(R"("model_name":"claude",)")));
  EXPECT_TRUE(upstream_.sent().empty());
}

TEST_F(Corridor, ALessonThatDoesNotHelpIsForgotten) {
  const std::string body =
      R"({"model":"claude","max_tokens":5,"stream":true,"context_management":{"edits":[]},"messages":[{"role":"user","content":"hi"}]})";
  upstream_.then(refusal(400, "ValidationException", "context_management: Extra inputs are not permitted"));
  upstream_.then(refusal(400, "ValidationException", "something else is wrong"));
  EXPECT_EQ(ask("/v1/messages", body).answer_.status, 400);
  upstream_.then(good());
  EXPECT_EQ(ask("/v1/messages", body).answer_.status, 200);
  EXPECT_THAT(upstream_.sent().back().body, HasSubstr("context_management"));
}

TEST_F(Corridor, MissingCredentialsFailOverAndTheirReasonStaysInTheLog) {
  credentials_->failure = "profile prod: AccessDenied: User: arn:aws:iam::123456789012:user/x";
  const auto& client = messages();
  EXPECT_EQ(client.answer_.status, 503);
  EXPECT_THAT(client.text_, HasSubstr("could not obtain its AWS credentials"));
  EXPECT_THAT(client.text_, Not(HasSubstr("arn:aws")));
}

TEST_F(Corridor, AConversationKeepsItsDeployment) {
  std::set<std::string> used;
  for (int i = 0; i < 8; ++i) {
    upstream_.then(good());
    client_ = std::make_unique<test::RecordingDownstream>(
        "POST", "/v1/messages",
        R"({"model":"claude-pair","max_tokens":5,"messages":[{"role":"user","content":"hi"}]})");
    client_->head_.headers.add("authorization", "Bearer sk-dev");
    client_->head_.headers.add("x-claude-code-session-id", "0b0e7a52-session");
    test::run(io_, gateway_->serve(*client_));
    used.insert(record().deployment_id);
  }
  EXPECT_EQ(used.size(), 1u);
}

TEST_F(Corridor, AStreamIsPingedWhileItsFilesAreFetched) {
  fetcher_.time = seconds(26);
  fetcher_.file = ports::FetchedFile{"image/png", "png"};
  upstream_.then(good());
  const std::string url = R"({"type":"image","source":{"type":"url","url":"https://images.example/)";
  const auto& client =
      ask("/v1/messages", R"({"model":"claude","max_tokens":5,"stream":true,"messages":[{"role":"user","content":[)" +
                              url + R"(a.png"}},)" + url + R"(b.png"}}]}]})");
  EXPECT_EQ(fetcher_.asked.size(), 2u);
  EXPECT_EQ(pings_of(client.text_), 5u) << client.text_;
  EXPECT_THAT(client.text_, HasSubstr("event: message_stop"));
  EXPECT_THAT(upstream_.sent().front().body, HasSubstr(codec::base64_encode("png")));
}

TEST_F(Corridor, AStreamIsPingedWhileCredentialsAreFetched) {
  credentials_->time = seconds(45);
  upstream_.then(good());
  EXPECT_EQ(pings_of(messages().text_), 4u);
  EXPECT_THAT(client_->text_, HasSubstr("event: message_stop"));
}

TEST_F(Corridor, AFileThatMayNotBeFetchedIsTheClientsError) {
  const auto& client = ask(
      "/v1/messages",
      R"({"model":"claude","max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://10.0.0.1/a.png"}}]}]})");
  EXPECT_EQ(client.answer_.status, 400);
  EXPECT_THAT(client.text_, HasSubstr("the address is not public"));
  EXPECT_TRUE(upstream_.sent().empty());
}

}  // namespace
}  // namespace stargate::gateway
