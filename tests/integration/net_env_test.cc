// The real clock, sleep and random numbers on a real event loop.
#include <gtest/gtest.h>

#include "net/core.h"
#include "net/system_env.h"
#include "tests/support/net/server_under_test.h"

namespace stargate::testing {
namespace {

using ports::Task;
using std::chrono::milliseconds;

Task<void> sleep_for(ports::Env& env, Duration time, ports::Cancel& cancel, Result<void>& slept) {
  slept = co_await env.sleep(time, cancel);
}

TEST(NetEnv, SleepEndsWithItsTimeOrItsCancel) {
  net::Core core;
  net::SystemEnv env(core);
  ports::Cancel cancel;
  Result<void> slept;
  core.start();
  const MonoTime before = env.now();
  Event rested;
  core.spawn(sleep_for(env, milliseconds(20), cancel, slept), [&rested] { rested.set(); });
  ASSERT_TRUE(rested.wait());
  EXPECT_TRUE(slept.has_value());
  EXPECT_GE(env.now() - before, milliseconds(20));
  Event ended;
  core.spawn(sleep_for(env, std::chrono::hours(1), cancel, slept), [&ended] { ended.set(); });
  core.post([&cancel] { cancel.request(); });
  ASSERT_TRUE(ended.wait());
  EXPECT_EQ(slept.error().code, ErrorCode::kCancelled);
  EXPECT_NE(env.random(), env.random());
}

}  // namespace
}  // namespace stargate::testing
