// The server over a connection's whole life: slow readers, clients that leave, drain, TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include "net/tls_server.h"
#include "tests/support/net/raw_client.h"
#include "tests/support/net/server_under_test.h"
#include "tests/support/net/test_ca.h"

namespace stargate::testing {
namespace {

using ports::Task;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr std::size_t kPieceBytes = 32 * 1024;
constexpr std::size_t kLargeBytes = 30 * 1024 * 1024;

class LifeHandler final : public ports::Handler {
 public:
  ports::Refusal refusal(const codec::http1::RequestHead& head, std::string_view peer, Duration,
                         const Error& error) override {
    return plain_refusal(head, peer, error);
  }

  Task<void> serve(ports::Downstream& downstream) override {
    const std::string path(downstream.head().path());
    co_await downstream.read_body(1024);
    if (path == "/large") co_await large(downstream);
    if (path == "/silent") co_await silent(downstream, false);
    if (path == "/gap") co_await silent(downstream, true);
    if (path == "/ok") co_await downstream.respond({}, "ok");
  }

  // Lets /silent answer.
  void release() {
    released_ = true;
    core->post([this] { wake_all(); });
  }

  net::Core* core = nullptr;
  std::atomic<std::size_t> written_bytes = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<bool> client_gone = false;  // as seen at the end of /silent and /gap
  Event waiting;
  Event gone;
  Event finished;

 private:
  Task<void> large(ports::Downstream& downstream) {
    const std::string piece(kPieceBytes, 'x');
    const std::string_view view = piece;
    co_await downstream.begin({});
    while (written_bytes < kLargeBytes) {
      auto written = co_await downstream.write({&view, 1});
      if (!written) {
        gone.set();
        co_return;
      }
      written_bytes += kPieceBytes;
      waiting.set();
    }
    co_await downstream.end();
    finished.set();
  }

  // Waits for release() or the cancel.
  Task<void> silent(ports::Downstream& downstream, bool begun) {
    const std::string_view first = "first";
    if (begun) {
      co_await downstream.begin({});
      co_await downstream.write({&first, 1});
    }
    net::Waiter waiter(*core);
    waiters_.push_back(&waiter);
    const ports::Cancel::Hook hook(downstream.cancel(), [&waiter] { waiter.wake_soon(net::Wake::kInterrupted); });
    waiting.set();
    if (!released_ && !downstream.cancel().requested())
      co_await waiter.wait(net::Core::after(std::chrono::seconds(10)));
    std::erase(waiters_, &waiter);
    if (downstream.cancel().requested()) {
      ++cancelled;
      gone.set();
    }
    client_gone = downstream.client_gone();
    if (begun) {
      const std::string_view last = " last";
      co_await downstream.write({&last, 1});
      co_await downstream.end();
    } else {
      co_await downstream.respond({}, "released");
    }
    finished.set();
  }

  void wake_all() {
    for (net::Waiter* waiter : waiters_) waiter->wake_soon(net::Wake::kReady);
  }

  std::atomic<bool> released_ = false;
  std::vector<net::Waiter*> waiters_;  // the core's thread only
};

std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

class NetServerLife : public ::testing::Test {
 protected:
  void start(net::ServerSettings settings = {}, net::TlsServer* tls = nullptr) {
    server_ = std::make_unique<ServerUnderTest>(handler_, settings, tls);
    handler_.core = &server_->core();
  }
  LifeHandler handler_;
  std::unique_ptr<ServerUnderTest> server_;
};

// Until the handler has made no progress for a while, seen as the same count many times in a row.
std::size_t settled(const std::atomic<std::size_t>& count) {
  std::size_t last = count;
  for (int same = 0; same < 10; ++same) {
    std::this_thread::sleep_for(milliseconds(20));
    if (count != last) same = 0;
    last = count;
  }
  return last;
}

TEST_F(NetServerLife, HoldsTheHandlerBackWhenTheClientDoesNotRead) {
  start({.send_buffer_bytes = 64 * 1024});
  RawClient client(server_->port(), 64 * 1024);
  ASSERT_TRUE(client.send(get("/large")));
  ASSERT_TRUE(handler_.waiting.wait());
  EXPECT_LT(settled(handler_.written_bytes), kLargeBytes / 10) << "an answer that nobody reads piles up";
  const RawAnswer answer = client.read_answer();
  EXPECT_TRUE(answer.whole);
  EXPECT_GE(answer.body.size(), kLargeBytes);
}

TEST_F(NetServerLife, HoldsLittleForAClientThatDoesNotReadWithTheDefaultSettings) {
  start();
  RawClient client(server_->port(), 64 * 1024);
  ASSERT_TRUE(client.send(get("/large")));
  ASSERT_TRUE(handler_.waiting.wait());
  // The client's own buffer, a little unsent, and what the kernel rounds up.
  EXPECT_LT(settled(handler_.written_bytes), 512 * 1024);
  const RawAnswer answer = client.read_answer();
  EXPECT_TRUE(answer.whole);
  EXPECT_GE(answer.body.size(), kLargeBytes);
}

TEST_F(NetServerLife, ClosesOnAClientThatStalls) {
  start({.write_stall_timeout = milliseconds(100), .send_buffer_bytes = 64 * 1024});
  RawClient client(server_->port(), 64 * 1024);
  ASSERT_TRUE(client.send(get("/large")));
  EXPECT_TRUE(handler_.gone.wait());
  EXPECT_EQ(server_->counters().stalled, 1);
}

TEST_F(NetServerLife, NoticesAClientThatLeavesBeforeTheAnswer) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/silent")));
  ASSERT_TRUE(handler_.waiting.wait());
  client.close();
  EXPECT_TRUE(handler_.gone.wait());
}

TEST_F(NetServerLife, KnowsThatTheClientLeft) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/silent")));
  ASSERT_TRUE(handler_.waiting.wait());
  client.close();
  ASSERT_TRUE(handler_.finished.wait());
  EXPECT_TRUE(handler_.client_gone);
}

TEST_F(NetServerLife, NoticesAClientThatLeavesInASilentGap) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/gap")));
  ASSERT_TRUE(client.read_until("first"));
  ASSERT_TRUE(handler_.waiting.wait());
  client.reset();
  EXPECT_TRUE(handler_.gone.wait());
}

TEST_F(NetServerLife, TakesAHalfCloseForLeaving) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/silent")));
  ASSERT_TRUE(handler_.waiting.wait());
  client.finish_sending();
  EXPECT_TRUE(handler_.gone.wait());
}

TEST_F(NetServerLife, NoticesAClientThatLeavesBehindPipelinedRequests) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/silent") + get("/ok")));
  ASSERT_TRUE(handler_.waiting.wait());
  client.close();
  EXPECT_TRUE(handler_.gone.wait());
}

TEST_F(NetServerLife, NoticesAResetBehindMorePipelinedBytesThanItTakes) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/silent")));
  ASSERT_TRUE(handler_.waiting.wait());
  ASSERT_TRUE(client.send(std::string(200'000, 'x')));
  EXPECT_FALSE(handler_.gone.is_set());
  client.reset();
  EXPECT_TRUE(handler_.gone.wait());
}

TEST_F(NetServerLife, NoticesAClientThatLeavesInTheMiddleOfAnAnswer) {
  start();
  RawClient client(server_->port(), 64 * 1024);
  ASSERT_TRUE(client.send(get("/large")));
  ASSERT_TRUE(handler_.waiting.wait());
  client.close();
  EXPECT_TRUE(handler_.gone.wait());
}

TEST_F(NetServerLife, AClientThatLeavesEndsAWriteThatItBlocks) {
  start();
  RawClient client(server_->port(), 64 * 1024);
  ASSERT_TRUE(client.send(get("/large")));
  ASSERT_TRUE(handler_.waiting.wait());
  settled(handler_.written_bytes);
  client.finish_sending();  // what it was sent lies unread: the socket stays full
  EXPECT_TRUE(handler_.gone.wait());
  EXPECT_EQ(server_->counters().stalled, 0);
}

TEST_F(NetServerLife, KeepsPipelinedRequestsWhileTheHandlerRuns) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/silent")));
  ASSERT_TRUE(handler_.waiting.wait());
  ASSERT_TRUE(client.send(get("/ok")));
  handler_.release();
  EXPECT_EQ(client.read_answer().body, "released");
  EXPECT_EQ(client.read_answer().body, "ok");
  EXPECT_EQ(handler_.cancelled, 0);
}

TEST_F(NetServerLife, DrainsWhatRunsAndClosesWhatIsIdle) {
  start();
  RawClient idle(server_->port());
  ASSERT_TRUE(idle.send(get("/ok")));
  EXPECT_EQ(idle.read_answer().body, "ok");
  RawClient busy(server_->port());
  ASSERT_TRUE(busy.send(get("/silent")));
  ASSERT_TRUE(handler_.waiting.wait());
  Event drained;
  server_->start_drain(std::chrono::seconds(10), drained);
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_FALSE(drained.is_set());
  handler_.release();
  const RawAnswer answer = busy.read_answer();
  EXPECT_EQ(answer.body, "released");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(drained.wait());
  RawClient late(server_->port());
  EXPECT_FALSE(late.send(get("/ok")) && late.read_answer().whole);
}

TEST_F(NetServerLife, AHeadThatDoesNotComeHoldsTheDrainUpForAMomentOnly) {
  start({.head_timeout = std::chrono::seconds(300)});
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/ok") + "GET /ok HTTP/1.1\r\nHo"));
  EXPECT_EQ(client.read_answer().body, "ok");
  Event drained;
  server_->start_drain(std::chrono::seconds(300), drained);
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.header("Connection"), "close");
  client.close();
  EXPECT_TRUE(drained.wait());
}

TEST_F(NetServerLife, AHeadThatComesWhileDrainingIsServed) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/ok") + "GET /ok HTTP/1.1\r\nHo"));
  EXPECT_EQ(client.read_answer().body, "ok");
  Event drained;
  server_->start_drain(std::chrono::seconds(300), drained);
  ASSERT_TRUE(client.send("st: a\r\n\r\n"));
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "ok");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(drained.wait());
}

TEST_F(NetServerLife, CancelsWhatOutlivesTheDrain) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/silent")));
  ASSERT_TRUE(handler_.waiting.wait());
  EXPECT_TRUE(server_->drain(milliseconds(50)));
  EXPECT_EQ(handler_.cancelled, 1);
  EXPECT_EQ(client.read_answer().body, "released") << "the handler may still say goodbye";
  EXPECT_FALSE(handler_.client_gone);
}

TEST_F(NetServerLife, AnswersWhoseBodyIsStillComingWhenTheDrainsPatienceEnds) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123"));
  while (server_->counters().active == 0) std::this_thread::yield();
  Event drained;
  server_->start_drain(milliseconds(0), drained);
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "ok") << "the handler hears of it and can answer";
  EXPECT_EQ(answer.header("Connection"), "close");
  client.close();
  EXPECT_TRUE(drained.wait());
}

TEST_F(NetServerLife, LetsAStreamThatOutlivesTheDrainComeToItsEnd) {
  start();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/gap")));
  ASSERT_TRUE(handler_.waiting.wait());
  EXPECT_TRUE(server_->drain(milliseconds(50)));
  EXPECT_EQ(handler_.cancelled, 1);
  EXPECT_FALSE(handler_.client_gone);
  const RawAnswer answer = client.read_answer();
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.body, "first last");
}

TEST_F(NetServerLife, ServesWhomTheKernelHadConnectedWhenTheDrainBegan) {
  start();
  Event go_on;
  server_->core().post([&go_on] { EXPECT_TRUE(go_on.wait()); });
  Event drained;
  server_->start_drain(std::chrono::seconds(10), drained);
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/ok")));
  RawClient silent(server_->port());
  go_on.set();
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "ok");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(silent.closed_by_server()) << "who says nothing does not hold the drain up";
  EXPECT_TRUE(drained.wait());
}

TEST_F(NetServerLife, OneProcessOnlyMayListenOnAPort) {
  EXPECT_TRUE(net::check_port_is_free("127.0.0.1", 0).has_value());
  EXPECT_FALSE(net::check_port_is_free("localhost", 0).has_value()) << "not a numeric address";
  start();
  const Result<void> taken = net::check_port_is_free("127.0.0.1", server_->port());
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(taken.error().message, HasSubstr("127.0.0.1:" + std::to_string(server_->port()) + ": Address already"));
  net::Core second_core;
  net::ServerCounters counters;
  net::Server second(second_core, handler_, {}, counters);
  EXPECT_TRUE(second.listen("127.0.0.1", server_->port()).has_value()) << "another core of this process may";
}

TEST_F(NetServerLife, SurvivesRunningOutOfDescriptors) {
  start();
  RawClient first(server_->port());
  ASSERT_TRUE(first.send(get("/ok")));
  EXPECT_EQ(first.read_answer().body, "ok");
  // The core stands still while a connection comes in and the descriptors go out.
  Event go_on;
  server_->core().post([&go_on] { EXPECT_TRUE(go_on.wait()); });
  RawClient second(server_->port());
  ASSERT_TRUE(second.send(get("/ok")));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const int lowest_free = ::dup(0);
  ::close(lowest_free);
  const rlimit tight{static_cast<rlim_t>(lowest_free), before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &tight);
  go_on.set();
  ASSERT_TRUE(first.send(get("/ok")));
  EXPECT_EQ(first.read_answer().body, "ok") << "who is connected is served";
  while (server_->counters().accept_errors == 0) std::this_thread::yield();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(second.read_answer().body, "ok");
}

class NetServerTls : public NetServerLife {
 protected:
  void SetUp() override {
    files_ = ca_.issue({"DNS:localhost"});
    tls_ = net::TlsServer::load({files_.certificate_file, files_.key_file}).value();
    start({.send_buffer_bytes = 64 * 1024}, tls_.get());
  }
  TestCa ca_;
  TestCa::Files files_;
  std::unique_ptr<net::TlsServer> tls_;
};

TEST_F(NetServerTls, ServesOverTls) {
  RawClient client(server_->port());
  ASSERT_TRUE(client.start_tls(ca_.ca_file(), "localhost"));
  ASSERT_TRUE(client.send(get("/ok") + get("/ok")));
  EXPECT_EQ(client.read_answer().body, "ok");
  EXPECT_EQ(client.read_answer().body, "ok");
  ASSERT_TRUE(client.send(get("/large")));
  EXPECT_GE(client.read_answer().body.size(), kLargeBytes);
}

TEST_F(NetServerTls, NoticesAClientThatLeaves) {
  RawClient client(server_->port());
  ASSERT_TRUE(client.start_tls(ca_.ca_file(), "localhost"));
  ASSERT_TRUE(client.send(get("/silent")));
  ASSERT_TRUE(handler_.waiting.wait());
  client.close();
  EXPECT_TRUE(handler_.gone.wait());
}

TEST_F(NetServerTls, RefusesOldProtocolsAndPlainText) {
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(get("/ok")));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_THAT(client.buffer(), ::testing::Not(HasSubstr("HTTP/1.1 200")));
  EXPECT_EQ(server_->counters().tls_failures, 1);
}

std::string common_serial(SSL* ssl) {
  X509* certificate = SSL_get1_peer_certificate(ssl);
  const std::string serial = std::to_string(ASN1_INTEGER_get(X509_get0_serialNumber(certificate)));
  X509_free(certificate);
  return serial;
}

TEST_F(NetServerTls, ShowsTheReloadedCertificateToNewConnections) {
  RawClient before(server_->port());
  ASSERT_TRUE(before.start_tls(ca_.ca_file(), "localhost"));
  const TestCa::Files renewed = ca_.issue({"DNS:localhost"});
  std::ofstream(files_.certificate_file) << std::ifstream(renewed.certificate_file).rdbuf();
  EXPECT_FALSE(tls_->reload().has_value()) << "the key does not fit yet";
  std::ofstream(files_.key_file) << std::ifstream(renewed.key_file).rdbuf();
  EXPECT_TRUE(tls_->reload().has_value());
  RawClient after(server_->port());
  ASSERT_TRUE(after.start_tls(ca_.ca_file(), "localhost"));
  EXPECT_NE(common_serial(before.ssl()), common_serial(after.ssl()));
  ASSERT_TRUE(before.send(get("/ok")));
  EXPECT_EQ(before.read_answer().body, "ok");
}

}  // namespace
}  // namespace stargate::testing
