// Healing where requests overlap; one request alone is healed in corridor_test.cc.
#include "gateway/heal.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "tests/support/gateway/fakes.h"

namespace stargate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class HealingOverlap : public testing::Test {
 protected:
  HealingOverlap()
      : upstream_(env_),
        fetcher_(env_),
        log_(2, base::LogForm::kHuman, base::LogLevel::kError),
        client_("POST", "/v1/messages"),
        call_({&upstream_, &fetcher_, &env_, &sink_, &log_}, std::make_shared<Snapshot>(), client_) {}

  // A refusal of what was signed with the clock and `added`, by a server whose clock shows `date`.
  bool heal(std::string_view date, Duration added) {
    Healing healing(call_, experience_);
    Error error;
    error.type = "InvalidSignatureException";
    return healing.heal({deployment_, prepared_, nullptr, error, date, added});
  }

  test::ManualEnv env_;  // 2026-01-01T00:00:00Z
  test::ScriptedUpstream upstream_;
  test::ScriptedFetcher fetcher_;
  test::RecordingSink sink_;
  base::Log log_;
  test::RecordingDownstream client_;
  Call call_;
  Experience experience_;
  policy::Deployment deployment_;
  llm::Prepared prepared_;
};

TEST_F(HealingOverlap, IsPutRightAndBackAgainWhenItIsSet) {
  EXPECT_TRUE(heal("Thu, 01 Jan 2026 02:00:00 GMT", {}));
  EXPECT_EQ(experience_.clock_offset, hours(2));
  EXPECT_TRUE(heal("Thu, 01 Jan 2026 02:00:00 GMT", {})) << "was signed before the first one was refused";
  env_.advance(milliseconds(300));
  EXPECT_FALSE(heal("Thu, 01 Jan 2026 02:00:00 GMT", hours(2))) << "the clock is not to blame any more";
  env_.advance(hours(2));  // somebody sets the clock
  EXPECT_TRUE(heal("Thu, 01 Jan 2026 02:00:00 GMT", hours(2)));
  EXPECT_LT(std::chrono::abs(experience_.clock_offset), std::chrono::seconds(1));
}

// Refusals of one cause that were under way when the first of them had taught its lesson.
TEST_F(HealingOverlap, ARequestThatWasSentBeforeOthersLearnedIsHealedToo) {
  deployment_.upstream_model = "us.anthropic.claude-x-v1:0";
  prepared_.sent_betas = {"some-flag-2026-01-01"};
  Healing late(call_, experience_);
  EXPECT_TRUE(late.lesson(deployment_.upstream_model).empty());
  experience_.learned[deployment_.upstream_model].fields.insert("context_management");
  Error error;
  error.upstream_status = 400;
  error.type = "ValidationException";
  error.message = "context_management: Extra inputs are not permitted";
  EXPECT_TRUE(late.heal({deployment_, prepared_, nullptr, error, "", {}}));
  EXPECT_TRUE(late.lesson(deployment_.upstream_model).fields.contains("context_management"));
  Healing next(call_, experience_);
  EXPECT_TRUE(next.lesson(deployment_.upstream_model).fields.contains("context_management"));
  Healing counting(call_, experience_, "count:");
  EXPECT_TRUE(counting.lesson(deployment_.upstream_model).empty()) << "an operation's lessons are its own";
}

}  // namespace
}  // namespace stargate::gateway
