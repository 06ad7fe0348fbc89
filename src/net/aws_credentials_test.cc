#include "net/aws_credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <vector>

#include "aws/sigv4.h"
#include "aws/timestamp.h"
#include "tests/support/net/hand_clock.h"

namespace stargate::net {
namespace {

using namespace std::chrono_literals;
using aws::SigningIdentity;
using ports::Task;
using Answer = Result<std::shared_ptr<const SigningIdentity>>;

const WallTime kStart = *aws::parse_iso8601("2026-01-01T00:00:00Z");

struct Reply {
  int status = 200;
  std::string body;
};

// Answers by a function, fails at the n-th operation when told so, and can hold every call back.
class FakeUpstream : public ports::Upstream {
 public:
  explicit FakeUpstream(Core& core) : gate_(core) {}

  Task<Result<std::unique_ptr<ports::UpstreamExchange>>> start(ports::UpstreamRequest request,
                                                               ports::Cancel& cancel) override {
    ++calls;
    const bool of_aws = request.origin.host.ends_with(".amazonaws.com");
    EXPECT_EQ(request.direct, !of_aws) << "through a proxy goes what lies outside of this machine, and only that";
    const ports::Cancel::Hook hook(cancel, [this] { gate_.wake_soon(Wake::kInterrupted); });
    if (closed) {
      arrived.set_value();
      const Wake wake = co_await gate_.wait();
      if (wake != Wake::kReady) co_return base::fail(ErrorCode::kCancelled, "cancelled");
    }
    if (fails()) co_return base::upstream_error(ErrorCode::kBadGateway, "connection refused");
    Result<Reply> reply = answer(request);
    if (!reply) co_return std::unexpected(reply.error());
    last = std::move(request);
    std::unique_ptr<ports::UpstreamExchange> exchange = std::make_unique<Exchange>(*this, std::move(*reply));
    co_return exchange;
  }

  void open() { gate_.wake(Wake::kReady); }

  std::function<Result<Reply>(const ports::UpstreamRequest&)> answer;
  std::atomic<int> calls = 0;
  std::atomic<int> fail_at = 0;  // counts down with every operation; fails when it comes to zero
  bool closed = false;
  std::promise<void> arrived;
  ports::UpstreamRequest last;

 private:
  bool fails() { return fail_at > 0 && --fail_at == 0; }

  class Exchange : public ports::UpstreamExchange {
   public:
    Exchange(FakeUpstream& upstream, Reply reply) : upstream_(upstream), body_(std::move(reply.body)) {
      head_.status = reply.status;
    }
    Task<Result<bool>> wait_head(Duration /*patience*/) override {
      if (upstream_.fails()) co_return base::upstream_error(ErrorCode::kGatewayTimeout, "timeout");
      co_return true;
    }
    const codec::http1::ResponseHead& head() const override { return head_; }
    Task<Result<std::optional<std::string_view>>> read_some(Duration /*patience*/) override {
      if (upstream_.fails()) co_return base::upstream_error(ErrorCode::kBadGateway, "cut");
      const std::string_view piece = std::exchange(rest_, false) ? std::string_view(body_) : std::string_view();
      co_return std::optional<std::string_view>(piece);
    }

   private:
    FakeUpstream& upstream_;
    codec::http1::ResponseHead head_;
    std::string body_;
    bool rest_ = true;
  };

  Waiter gate_;
};

std::string metadata_body(const std::string& key_id, WallTime expires) {
  return R"({"Code":"Success","AccessKeyId":")" + key_id + R"(","SecretAccessKey":"s","Token":"t","Expiration":")" +
         aws::format_iso8601(expires) + "\"}";
}

const aws::Environment kContainer = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/creds"}};

class AwsCredentials : public ::testing::Test {
 protected:
  AwsCredentials() {
    upstream_.answer = [this](const ports::UpstreamRequest& request) { return serve(request); };
    core_.start();
  }
  ~AwsCredentials() override {
    core_.stop();
    core_.join();
  }

  // A container's endpoint and an instance's metadata service that hand out KEY1, KEY2, ...
  Result<Reply> serve(const ports::UpstreamRequest& request) {
    if (down) return base::upstream_error(ErrorCode::kBadGateway, "connection refused");
    if (request.method == "PUT") return Reply{.body = "TOKEN"};
    if (request.target.ends_with("/security-credentials/")) return Reply{.body = "role"};
    return Reply{.body = metadata_body("KEY" + std::to_string(++issued), clock_.wall() + lifetime)};
  }

  std::unique_ptr<RefreshingCredentials> make(aws::Environment environment, aws::ChainSettings settings = {}) {
    return std::make_unique<RefreshingCredentials>(std::move(settings), std::move(environment),
                                                   CredentialHome{core_, upstream_, clock_},
                                                   [this](const RefreshReport& report) {
                                                     EXPECT_NE(report.identity == nullptr, report.error == nullptr);
                                                     const std::lock_guard lock(mutex_);
                                                     ++reports_;
                                                     reported_.notify_all();
                                                   });
  }

  static std::future<Answer> ask_soon(Core& core, ports::Credentials& credentials) {
    auto promise = std::make_shared<std::promise<Answer>>();
    core.spawn(fulfil(credentials, promise));
    return promise->get_future();
  }
  static Task<void> fulfil(ports::Credentials& credentials, std::shared_ptr<std::promise<Answer>> promise) {
    ports::Cancel never;
    Answer answer = co_await credentials.get(1h, never);
    promise->set_value(std::move(answer));
  }
  static Task<void> fulfil_until(ports::Credentials& credentials, ports::Cancel& cancel,
                                 std::promise<Answer>& promise) {
    Answer answer = co_await credentials.get(1h, cancel);
    promise.set_value(std::move(answer));
  }
  static Task<void> fulfil_at_once(ports::Credentials& credentials, std::promise<Answer>& promise) {
    ports::Cancel never;
    Answer answer = co_await credentials.get(0s, never);
    promise.set_value(std::move(answer));
  }
  Answer ask_at_once(ports::Credentials& credentials) {
    std::promise<Answer> promise;
    core_.spawn(fulfil_at_once(credentials, promise));
    return promise.get_future().get();
  }
  Answer ask(ports::Credentials& credentials) { return ask_soon(core_, credentials).get(); }
  std::string key(ports::Credentials& credentials) {
    const Answer answer = ask(credentials);
    return answer ? (*answer)->access_key_id : "error: " + answer.error().message;
  }

  void wait_for_reports(int count) {
    std::unique_lock lock(mutex_);
    reported_.wait(lock, [this, count] { return reports_ >= count; });
  }

  Core core_;
  test::HandClock clock_{kStart};
  FakeUpstream upstream_{core_};
  std::atomic<bool> down = false;
  std::atomic<int> issued = 0;
  Duration lifetime = 1h;
  std::mutex mutex_;
  std::condition_variable reported_;
  int reports_ = 0;
};

TEST_F(AwsCredentials, fetches_once_and_answers_from_memory) {
  const auto credentials = make(kContainer);
  const Answer first = ask(*credentials);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->access_key_id, "KEY1");
  EXPECT_EQ((*first)->origin, "container");
  EXPECT_EQ(upstream_.last.origin.host, "169.254.170.2");
  EXPECT_EQ(upstream_.last.origin.port, 80);
  EXPECT_FALSE(upstream_.last.origin.tls);
  EXPECT_EQ(upstream_.last.headers.get("host"), "169.254.170.2");
  clock_.advance(44min);
  EXPECT_EQ(key(*credentials), "KEY1");
  EXPECT_EQ(upstream_.calls, 1);
}

TEST_F(AwsCredentials, tells_nothing_configured_from_failed) {
  const auto nothing = make({{"AWS_EC2_METADATA_DISABLED", "true"}});
  const Answer none = ask(*nothing);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotConfigured);
  EXPECT_NE(none.error().message.find("environment: no AWS_ACCESS_KEY_ID"), std::string::npos);
  const auto failed = make({{"AWS_ACCESS_KEY_ID", "A"}});
  const Answer half = ask(*failed);
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(half.error().message.starts_with("environment: "));
}

TEST_F(AwsCredentials, renews_in_the_background_and_ignores_failures_there) {
  const auto credentials = make(kContainer);
  EXPECT_EQ(key(*credentials), "KEY1");
  clock_.advance(46min);
  down = true;
  EXPECT_EQ(key(*credentials), "KEY1");
  wait_for_reports(2);
  EXPECT_EQ(key(*credentials), "KEY1");  // left alone for a while
  EXPECT_EQ(reports_, 2);
  down = false;
  clock_.advance(1min);
  EXPECT_EQ(key(*credentials), "KEY1");
  wait_for_reports(3);
  EXPECT_EQ(key(*credentials), "KEY2");
}

TEST_F(AwsCredentials, makes_callers_wait_near_the_end_and_falls_back_while_it_can) {
  const auto credentials = make(kContainer);
  EXPECT_EQ(key(*credentials), "KEY1");
  clock_.advance(51min);
  EXPECT_EQ(key(*credentials), "KEY2");
  clock_.advance(51min);
  down = true;
  EXPECT_EQ(key(*credentials), "KEY2");
  const int calls = upstream_.calls;
  EXPECT_EQ(key(*credentials), "KEY2");
  EXPECT_EQ(upstream_.calls, calls) << "a failure is not repeated for every caller";
  clock_.advance(10min);
  EXPECT_EQ(key(*credentials), "error: container: connection refused");
  down = false;
  clock_.advance(31s);
  EXPECT_EQ(key(*credentials), "KEY3");
}

TEST_F(AwsCredentials, keeps_what_instance_metadata_gave_past_its_time) {
  const auto credentials = make({});
  EXPECT_EQ(key(*credentials), "KEY1");
  clock_.advance(2h);
  down = true;
  EXPECT_EQ(key(*credentials), "KEY1");
  lifetime = -1h;  // the service is back, and hands out expired credentials
  down = false;
  clock_.advance(5min);
  EXPECT_EQ(key(*credentials), "KEY2");
  const int calls = upstream_.calls;
  clock_.advance(4min);
  EXPECT_EQ(key(*credentials), "KEY2");
  EXPECT_EQ(upstream_.calls, calls);
  lifetime = 1h;
  clock_.advance(1min);
  EXPECT_EQ(key(*credentials), "KEY3");
}

TEST_F(AwsCredentials, expired_ones_of_a_container_are_an_error) {
  lifetime = -1h;
  const auto credentials = make(kContainer);
  EXPECT_EQ(key(*credentials), "error: container: the credentials it gives have expired");
}

TEST_F(AwsCredentials, a_refusal_forces_one_refresh) {
  const auto credentials = make(kContainer);
  const Answer first = ask(*credentials);
  credentials->refused(**first);
  EXPECT_EQ(key(*credentials), "KEY2");
  credentials->refused(**first);  // others are there already
  EXPECT_EQ(key(*credentials), "KEY2");
  credentials->refused(**ask(*credentials));  // too soon
  EXPECT_EQ(key(*credentials), "KEY2");
  clock_.advance(30s);
  EXPECT_EQ(key(*credentials), "KEY3");
}

TEST_F(AwsCredentials, a_refresh_that_fails_after_a_refusal_leaves_the_old_ones) {
  const auto credentials = make(kContainer);
  const Answer first = ask(*credentials);
  credentials->refused(**first);
  down = true;
  EXPECT_EQ(key(*credentials), "KEY1");
}

TEST_F(AwsCredentials, one_flight_serves_all_cores) {
  constexpr int kCores = 4;
  constexpr int kCallers = 8;
  upstream_.closed = true;
  std::vector<std::unique_ptr<Core>> cores;
  const auto credentials = make(kContainer);
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < kCores; ++i) {
    cores.push_back(std::make_unique<Core>());
    cores.back()->start();
    for (int j = 0; j < kCallers; ++j) answers.push_back(ask_soon(*cores.back(), *credentials));
  }
  upstream_.arrived.get_future().wait();
  core_.post([this] { upstream_.open(); });
  for (auto& answer : answers) EXPECT_EQ((*answer.get())->access_key_id, "KEY1");
  EXPECT_EQ(upstream_.calls, 1);
}

TEST_F(AwsCredentials, a_cancelled_caller_stops_waiting_and_the_refresh_goes_on) {
  upstream_.closed = true;
  const auto credentials = make(kContainer);
  auto patient = ask_soon(core_, *credentials);
  upstream_.arrived.get_future().wait();
  ports::Cancel cancel;
  std::promise<Answer> promise;
  core_.spawn(fulfil_until(*credentials, cancel, promise));
  core_.post([&cancel] { cancel.request(); });
  const Answer cancelled = promise.get_future().get();
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled);
  core_.post([this] { upstream_.open(); });
  EXPECT_EQ((*patient.get())->access_key_id, "KEY1");
}

TEST_F(AwsCredentials, an_impatient_caller_is_told_to_come_again) {
  upstream_.closed = true;
  const auto credentials = make(kContainer);
  for (int i = 0; i < 3; ++i) {
    const Answer not_yet = ask_at_once(*credentials);
    ASSERT_TRUE(not_yet) << not_yet.error().message;
    EXPECT_EQ(*not_yet, nullptr);
  }
  auto patient = ask_soon(core_, *credentials);
  upstream_.arrived.get_future().wait();
  core_.post([this] { upstream_.open(); });
  EXPECT_EQ((*patient.get())->access_key_id, "KEY1");
  EXPECT_EQ((*ask_at_once(*credentials))->access_key_id, "KEY1") << "what is there needs no patience";
  EXPECT_EQ(upstream_.calls, 1);
}

TEST_F(AwsCredentials, whoever_comes_again_after_a_refusal_does_not_get_what_was_refused) {
  const auto credentials = make(kContainer);
  credentials->refused(**ask(*credentials));
  upstream_.closed = true;
  EXPECT_EQ(*ask_at_once(*credentials), nullptr);
  EXPECT_EQ(*ask_at_once(*credentials), nullptr);
  auto patient = ask_soon(core_, *credentials);
  upstream_.arrived.get_future().wait();
  core_.post([this] { upstream_.open(); });
  EXPECT_EQ((*patient.get())->access_key_id, "KEY2");
}

TEST_F(AwsCredentials, stopping_wakes_whoever_waits) {
  upstream_.closed = true;
  const auto credentials = make(kContainer);
  auto answer = ask_soon(core_, *credentials);
  upstream_.arrived.get_future().wait();
  credentials->stop();
  const Answer stopped = answer.get();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kUnavailable);
  wait_for_reports(1);
  EXPECT_FALSE(ask(*credentials));
}

// Every operation of the walk through IMDS fails once; the caller always gets an answer, and the next walk succeeds.
TEST_F(AwsCredentials, survives_the_failure_of_any_operation) {
  for (int n = 1; n <= 12; ++n) {
    const auto credentials = make({});
    upstream_.fail_at = n;
    const Answer answer = ask(*credentials);
    if (!answer) {
      EXPECT_TRUE(answer.error().code == ErrorCode::kUnavailable || answer.error().code == ErrorCode::kNotConfigured);
    }
    upstream_.fail_at = 0;
    clock_.advance(31s);
    EXPECT_TRUE(key(*credentials).starts_with("KEY")) << n;
  }
}

// Real files and a real program below a role.
class AwsCredentialsFromFiles : public AwsCredentials {
 protected:
  AwsCredentialsFromFiles() {
    folder_ = std::filesystem::temp_directory_path() / ("stargate-credentials-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~AwsCredentialsFromFiles() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }
  aws::Environment with_config(const std::string& text) {
    return {{"AWS_CONFIG_FILE", write("config", text)}, {"AWS_SHARED_CREDENTIALS_FILE", folder_ / "absent"}};
  }

  std::filesystem::path folder_;
};

TEST_F(AwsCredentialsFromFiles, a_role_with_keys_from_a_program_asks_sts_with_a_valid_signature) {
  const std::string program = write("keys.sh",
                                    "#!/bin/sh\nprintf '{\"Version\":1,\"AccessKeyId\":\"%s\","
                                    "\"SecretAccessKey\":\"proc-secret\"}' \"$1\"\n");
  chmod(program.c_str(), 0700);
  Result<void> verified = base::fail(ErrorCode::kInternal, "not asked");
  upstream_.answer = [&](const ports::UpstreamRequest& request) -> Result<Reply> {
    EXPECT_EQ(request.origin.host, "sts.eu-west-1.amazonaws.com");
    EXPECT_TRUE(request.origin.tls);
    aws::VerifyRequest arrived{
        .method = request.method, .path = request.target, .query = "", .headers = {}, .body = request.body[0]};
    for (const auto& header : request.headers.fields()) arrived.headers.emplace_back(header.name, header.value);
    SigningIdentity identity;
    identity.access_key_id = "AKIDPROC";
    identity.secret_access_key = Secret("proc-secret");
    verified = aws::verify(arrived, identity, {"eu-west-1", "sts"}, clock_.wall());
    return Reply{.body =
                     "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
                     "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                     "<Expiration>2026-01-01T01:00:00Z</Expiration></Credentials></AssumeRoleResult>"
                     "</AssumeRoleResponse>"};
  };
  const auto credentials =
      make(with_config("[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/demo\n"
                       "source_profile = base\n[profile base]\ncredential_process = " +
                       program + " AKIDPROC\n"));
  EXPECT_EQ(key(*credentials), "ASIAROLE");
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST_F(AwsCredentialsFromFiles, the_core_can_stop_while_a_program_runs) {
  const std::string started = folder_ / "started";
  const auto credentials =
      make(with_config("[default]\ncredential_process = sh -c 'touch " + started + "; exec sleep 1000'\n"));
  auto answer = ask_soon(core_, *credentials);
  while (!std::filesystem::exists(started)) std::this_thread::yield();
  credentials->stop();
  core_.stop();
  core_.join();
  EXPECT_FALSE(answer.get());
}

TEST_F(AwsCredentialsFromFiles, reads_files_within_bounds) {
  EXPECT_EQ(read_small_file(write("a", "text"), 4).text, "text");
  EXPECT_FALSE(read_small_file(write("a", "text"), 3).found);
  EXPECT_FALSE(read_small_file(write("a", "text"), 3).trouble.empty());
  const aws::FileRead absent = read_small_file(folder_ / "b", 10);
  EXPECT_FALSE(absent.found);
  EXPECT_TRUE(absent.trouble.empty());
  EXPECT_FALSE(read_small_file(folder_, 10).trouble.empty());
  EXPECT_TRUE(read_small_file("/dev/null", 10).found);
}

TEST_F(AwsCredentials, fixed_settings_need_no_chain) {
  const CredentialHome home{core_, upstream_, clock_};
  const auto keys = make_credentials({.access_key_id = "A", .secret_access_key = Secret("s")}, {}, home);
  EXPECT_EQ(key(*keys), "A");
  const auto bearer = make_credentials({.bearer = Secret("ABSK")}, {}, home);
  EXPECT_EQ((*ask(*bearer))->bearer.reveal(), "ABSK");
  const auto chained = make_credentials({}, kContainer, home);
  EXPECT_EQ(key(*chained), "KEY1");
}

}  // namespace
}  // namespace stargate::net
