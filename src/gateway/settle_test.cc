#include "gateway/settle.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/limits.h"
#include "tests/support/gateway/fakes.h"

namespace stargate::gateway {
namespace {

class Settle : public testing::Test {
 protected:
  Settle()
      : upstream_(env_),
        fetcher_(env_),
        log_(2, base::LogForm::kHuman, base::LogLevel::kError),
        client_("POST", "/v1/messages"),
        call_({&upstream_, &fetcher_, &env_, &sink_, &log_}, std::make_shared<Snapshot>(), client_) {
    policy::Price price;
    price.input = {3'000'000};
    price.output = {15'000'000};
    price.cache_read = {300'000};
    price.cache_write_5m = {3'750'000};
    price.cache_write_1h = {6'000'000};
    deployment_.price = price;
    call_.deployment = &deployment_;
    llm::ReplyOptions options;
    options.dialect = llm::Dialect::kAnthropicMessages;
    options.stream = true;
    call_.reply = llm::make_reply(std::move(options));
  }

  void upstream_says(std::string event) {
    event.reserve(event.size() + base::kJsonPadding);
    std::string out;
    ASSERT_TRUE(call_.reply->on_event(event, out).has_value());
  }

  test::ManualEnv env_;
  test::ScriptedUpstream upstream_;
  test::ScriptedFetcher fetcher_;
  test::RecordingSink sink_;
  base::Log log_;
  test::RecordingDownstream client_;
  Call call_;
  policy::Deployment deployment_;
};

constexpr const char* kStart =
    R"({"type":"message_start","message":{"id":"m","content":[],"usage":{"input_tokens":1000,"output_tokens":1,)"
    R"("cache_read_input_tokens":10000,"cache_creation_input_tokens":2000}}})";

TEST_F(Settle, AnAnswerCostsWhatItsTokensCost) {
  upstream_says(kStart);
  upstream_says(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":500}})");
  settle(call_);
  // 1,000 at 3 $, 500 at 15 $, 10,000 at 0.30 $ and 2,000 at 3.75 $ per million.
  EXPECT_EQ(sink_.records.back().cost, base::NanoUsd{3'000'000 + 7'500'000 + 3'000'000 + 7'500'000});
}

TEST_F(Settle, AnAnswerThatBrokeOffCostsWhatWasTold) {
  upstream_says(kStart);
  settle(call_);
  EXPECT_EQ(sink_.records.back().cost, base::NanoUsd{3'000'000 + 15'000 + 3'000'000 + 7'500'000});
}

TEST_F(Settle, AnUnknownPriceIsNotNothing) {
  EXPECT_EQ(cost_of(call_), std::nullopt) << "no usage";
  upstream_says(kStart);
  deployment_.price.reset();
  settle(call_);
  EXPECT_EQ(sink_.records.back().cost, std::nullopt);
}

}  // namespace
}  // namespace stargate::gateway
