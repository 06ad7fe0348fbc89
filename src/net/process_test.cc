#include "net/process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace stargate::net {
namespace {

using namespace std::chrono_literals;

class Process : public ::testing::Test {
 protected:
  ProcessResult run(const std::vector<std::string>& argv, std::size_t bytes_max = 1024, Duration time_max = 30s) {
    return run_process(argv, bytes_max, time_max, cancel_);
  }
  std::atomic<bool> cancel_ = false;
};

TEST_F(Process, gives_output_and_exit_code) {
  const ProcessResult good = run({"/bin/sh", "-c", "printf '%s|' \"$@\"", "x", "a b", "$HOME", ""});
  EXPECT_EQ(good.out, "a b|$HOME||");
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.trouble, "");
  EXPECT_EQ(run({"sh", "-c", "exit 3"}).exit_code, 3);
  EXPECT_EQ(run({"sh", "-c", "kill -9 $$"}).exit_code, 128 + 9);
}

TEST_F(Process, inherits_nothing) {
  EXPECT_EQ(run({"sh", "-c", "cat; echo lost >&2; ls /proc/self/fd | wc -l"}).out, "4\n");  // 0 to 2, and ls's own
}

TEST_F(Process, says_why_there_is_nothing) {
  EXPECT_TRUE(run({"/no/such/program"}).trouble.starts_with("cannot be started")) << run({"/no/such/program"}).trouble;
  EXPECT_EQ(run({}).trouble, "there is no program to start");
  EXPECT_EQ(run({"sh", "-c", "while :; do echo yes; done"}).trouble, "it prints too much");
  EXPECT_EQ(run({"sh", "-c", "sleep 1000 & sleep 1000"}, 1024, 50ms).trouble, "it takes too long");
  // Output closed, but still there.
  EXPECT_EQ(run({"sh", "-c", "exec >&-; sleep 1000"}, 1024, 50ms).trouble, "it takes too long");
}

TEST_F(Process, can_be_cancelled) {
  std::thread canceller([this] { cancel_ = true; });
  EXPECT_EQ(run({"sleep", "1000"}).trouble, "it was cancelled");
  canceller.join();
}

}  // namespace
}  // namespace stargate::net
