// The clock's healing; lessons and credentials are healed in corridor_test.cc.
#include "gateway/heal.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "tests/support/gateway/fakes.h"

namespace stargate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class HealedClock : public testing::Test {
 protected:
  HealedClock()
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

TEST_F(HealedClock, IsPutRightAndBackAgainWhenItIsSet) {
  EXPECT_TRUE(heal("Thu, 01 Jan 2026 02:00:00 GMT", {}));
  EXPECT_EQ(experience_.clock_offset, hours(2));
  EXPECT_TRUE(heal("Thu, 01 Jan 2026 02:00:00 GMT", {})) << "was signed before the first one was refused";
  env_.advance(milliseconds(300));
  EXPECT_FALSE(heal("Thu, 01 Jan 2026 02:00:00 GMT", hours(2))) << "the clock is not to blame any more";
  env_.advance(hours(2));  // somebody sets the clock
  EXPECT_TRUE(heal("Thu, 01 Jan 2026 02:00:00 GMT", hours(2)));
  EXPECT_LT(std::chrono::abs(experience_.clock_offset), std::chrono::seconds(1));
}

}  // namespace
}  // namespace stargate::gateway
