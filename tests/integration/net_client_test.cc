// The HTTP/1.1 client and its pool over real sockets, against a server that does what each test says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "net/client.h"
#include "net/core.h"
#include "tests/support/net/scripted_server.h"
#include "tests/support/net/server_under_test.h"

namespace stargate::testing {
namespace {

using ports::Task;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using Conversation = ScriptedServer::Conversation;
using Request = ScriptedServer::Request;

struct Outcome {
  Result<int> status = 0;  // or why there was none
  std::string body;
  std::optional<Error> body_error;
  std::vector<std::string> pieces;
};

Task<void> fetch(ports::Upstream& upstream, ports::UpstreamRequest request, ports::Cancel& cancel, Outcome& outcome) {
  auto started = co_await upstream.start(std::move(request), cancel);
  if (!started) {
    outcome.status = std::unexpected(std::move(started.error()));
    co_return;
  }
  auto there = co_await (*started)->wait_head(std::chrono::hours(1));
  if (!there) {
    outcome.status = std::unexpected(std::move(there.error()));
    co_return;
  }
  outcome.status = (*started)->head().status;
  for (;;) {
    auto piece = co_await (*started)->read_some(std::chrono::hours(1));
    if (!piece) {
      outcome.body_error = std::move(piece.error());
      co_return;
    }
    if ((*piece)->empty()) co_return;
    outcome.body.append(**piece);
    outcome.pieces.emplace_back(**piece);
  }
}

class NetClient : public ::testing::Test {
 protected:
  NetClient() { make_client({}); }
  ~NetClient() override {
    core_.stop();
    core_.join();
    client_.reset();
  }

  // Before the first use.
  void make_client(net::ClientSettings settings, const std::string& ca_file = "") {
    tls_ = net::TlsClient::create(ca_file).value();
    client_ = std::make_unique<net::Client>(core_, *tls_, std::move(settings), counters_);
  }

  void run(Task<void> task) {
    if (!running_) core_.start();
    running_ = true;
    Event ended;
    core_.spawn(std::move(task), [&ended] { ended.set(); });
    ASSERT_TRUE(ended.wait());
  }

  Outcome get(const ports::UpstreamRequest& request) {
    Outcome outcome;
    ports::Cancel cancel;
    run(fetch(*client_, request, cancel, outcome));
    return outcome;
  }

  static ports::UpstreamRequest request_to(const ScriptedServer& server, std::vector<std::string_view> body = {}) {
    ports::UpstreamRequest request;
    request.origin = {"127.0.0.1", server.port(), false};
    request.target = "/path?x=1";
    request.headers.add("Host", "example.com");
    request.body = std::move(body);
    return request;
  }

  net::ClientCounters counters_;
  net::Core core_;
  std::unique_ptr<net::TlsClient> tls_;
  std::unique_ptr<net::Client> client_;
  bool running_ = false;
};

TEST_F(NetClient, SendsHeadAndPiecesAndReadsTheAnswer) {
  ScriptedServer server([](Conversation& c, const Request&) { c.answer(201, "hello"); });
  const Outcome outcome = get(request_to(server, {"one ", "", "two"}));
  EXPECT_EQ(outcome.status.value(), 201);
  EXPECT_EQ(outcome.body, "hello");
  const Request request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/path?x=1");
  EXPECT_EQ(request.header("Host"), "example.com");
  EXPECT_EQ(request.header("Content-Length"), "7");
  EXPECT_EQ(request.body, "one two");
}

TEST_F(NetClient, ReusesTheConnection) {
  ScriptedServer server([](Conversation& c, const Request&) { c.answer(200, "ok"); });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(request_to(server)).status.value(), 200);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(counters_.reuses, 2);
  EXPECT_EQ(counters_.idle, 1);
}

TEST_F(NetClient, ReadsChunkedAnswersAndKeepsTheConnection) {
  ScriptedServer server([](Conversation& c, const Request&) {
    c.begin_chunked();
    c.chunk("one");
    c.chunk("two");
    c.end_chunked();
  });
  EXPECT_EQ(get(request_to(server)).body, "onetwo");
  EXPECT_EQ(get(request_to(server)).body, "onetwo");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(NetClient, ReadsAnAnswerThatEndsWithTheConnection) {
  ScriptedServer server([](Conversation& c, const Request&) {
    c.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    c.close();
  });
  const Outcome outcome = get(request_to(server));
  EXPECT_EQ(outcome.body, "until the end");
  EXPECT_FALSE(outcome.body_error);
  EXPECT_EQ(counters_.idle, 0);
}

TEST_F(NetClient, ReadsLargeAnswersAndHeadsInPieces) {
  const std::string large(3'000'000, 'z');
  ScriptedServer server([&](Conversation& c, const Request&) {
    for (const char byte : std::string_view("HTTP/1.1 200 OK\r\nX-A: 1\r\n")) c.send({&byte, 1});
    c.send("Content-Length: 3000000\r\n\r\n");
    c.send(large);
  });
  EXPECT_EQ(get(request_to(server)).body, large);
}

TEST_F(NetClient, SkipsInterimAnswers) {
  ScriptedServer server([](Conversation& c, const Request&) {
    c.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n");
    c.answer(200, "final");
  });
  EXPECT_EQ(get(request_to(server)).body, "final");
}

TEST_F(NetClient, DoesNotKeepAConnectionThatIsToClose) {
  ScriptedServer server([](Conversation& c, const Request&) { c.answer(200, "ok", "Connection: close\r\n"); });
  get(request_to(server));
  get(request_to(server));
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(NetClient, SendsOnceMoreWhenAReusedConnectionIsStale) {
  ScriptedServer server([](Conversation& c, const Request& request) {
    if (request.number == 2) {
      c.reset();  // without a byte of an answer
      return;
    }
    c.answer(200, "connection " + std::to_string(request.connection));
  });
  EXPECT_EQ(get(request_to(server, {"a"})).body, "connection 1");
  EXPECT_EQ(get(request_to(server, {"b"})).body, "connection 2");
  EXPECT_EQ(counters_.resends, 1);
  EXPECT_EQ(server.requests().at(2).body, "b");
}

TEST_F(NetClient, DoesNotSendOnceMoreAfterAByteOfTheAnswer) {
  ScriptedServer server([](Conversation& c, const Request& request) {
    if (request.number == 1) {
      c.answer(200, "first");
      return;
    }
    c.send("HTTP/1.1 200");
    c.close();
  });
  get(request_to(server));
  const Outcome outcome = get(request_to(server));
  EXPECT_EQ(outcome.status.error().code, ErrorCode::kBadGateway);
  EXPECT_EQ(server.requests().size(), 2);
}

TEST_F(NetClient, DropsIdleConnectionsThatTheServerCloses) {
  ScriptedServer server([](Conversation& c, const Request&) {
    c.answer(200, "ok");
    c.close();
  });
  get(request_to(server));
  while (counters_.idle != 0) std::this_thread::yield();
  get(request_to(server));
  EXPECT_EQ(counters_.resends, 0);
}

TEST_F(NetClient, SaysWhatWentWrong) {
  std::uint16_t closed_port = 0;
  {
    const ScriptedServer gone([](Conversation&, const Request&) {});
    closed_port = gone.port();
  }
  ports::UpstreamRequest request;
  request.origin = {"127.0.0.1", closed_port, false};
  const Outcome refused = get(request);
  EXPECT_EQ(refused.status.error().code, ErrorCode::kBadGateway);
  EXPECT_EQ(refused.status.error().retry, Retry::kYes);
  EXPECT_THAT(refused.status.error().message, HasSubstr("refused"));
  EXPECT_EQ(refused.status.error().source, ErrorSource::kInternal) << "hosts' names are not for clients";
  request.origin.host = "no-such-host.invalid";
  const Outcome unknown = get(request);
  EXPECT_EQ(unknown.status.error().code, ErrorCode::kBadGateway);
  EXPECT_THAT(unknown.status.error().message, HasSubstr("no-such-host.invalid"));
  EXPECT_EQ(unknown.status.error().source, ErrorSource::kInternal);
  EXPECT_EQ(unknown.status.error().retry, Retry::kYes);
  ScriptedServer garbage([](Conversation& c, const Request&) {
    c.send("SSH-2.0-OpenSSH\r\n\r\n");
    c.close();
  });
  EXPECT_EQ(get(request_to(garbage)).status.error().code, ErrorCode::kBadGateway);
}

TEST_F(NetClient, ReportsABodyThatWasCut) {
  ScriptedServer server([](Conversation& c, const Request& request) {
    if (request.connection == 1) {
      c.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    } else {
      c.begin_chunked();
      c.chunk("half");
    }
    c.close();
  });
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = get(request_to(server));
    EXPECT_EQ(outcome.status.value(), 200);
    EXPECT_EQ(outcome.body, "half");
    ASSERT_TRUE(outcome.body_error);
    EXPECT_EQ(outcome.body_error->code, ErrorCode::kBadGateway);
  }
}

TEST_F(NetClient, GivesUpAtEachDeadline) {
  ScriptedServer server([](Conversation& c, const Request& request) {
    if (request.target == "/silent") c.wait_closed();
    c.begin_chunked();
    c.chunk("first");
    if (request.target == "/trickle") {
      while (c.chunk("more")) std::this_thread::sleep_for(milliseconds(5));
    }
    c.wait_closed();
    c.close();
  });
  ports::UpstreamRequest request = request_to(server);
  request.target = "/silent";
  request.deadlines.first_byte = milliseconds(60);
  EXPECT_EQ(get(request).status.error().code, ErrorCode::kGatewayTimeout);
  request = request_to(server);
  request.target = "/stops";
  request.deadlines.between_bytes = milliseconds(60);
  Outcome outcome = get(request);
  EXPECT_EQ(outcome.body, "first");
  EXPECT_EQ(outcome.body_error->code, ErrorCode::kGatewayTimeout);
  request = request_to(server);
  request.target = "/trickle";
  request.deadlines.total = milliseconds(150);
  outcome = get(request);
  EXPECT_EQ(outcome.body_error->code, ErrorCode::kGatewayTimeout);
}

Task<void> wait_patiently(ports::Upstream& upstream, ports::UpstreamRequest request, ports::Cancel& cancel,
                          Event& go_on, std::vector<std::string>& seen) {
  auto exchange = (co_await upstream.start(std::move(request), cancel)).value();
  auto there = co_await exchange->wait_head(milliseconds(20));
  seen.emplace_back(there.value() ? "head" : "not yet");
  go_on.set();
  while (!there.value()) there = co_await exchange->wait_head(std::chrono::seconds(5));
  auto first = co_await exchange->read_some(std::chrono::seconds(5));
  seen.emplace_back(first.value().value());
  auto second = co_await exchange->read_some(milliseconds(20));
  seen.emplace_back(second.value() ? "something" : "nothing yet");
}

TEST_F(NetClient, ComesBackWhenPatienceEndsAndLosesNothing) {
  Event go_on;
  ScriptedServer server([&](Conversation& c, const Request&) {
    ASSERT_TRUE(go_on.wait());
    c.begin_chunked();
    c.chunk("late");
    c.wait_closed();
    c.close();
  });
  std::vector<std::string> seen;
  ports::Cancel cancel;
  run(wait_patiently(*client_, request_to(server), cancel, go_on, seen));
  EXPECT_THAT(seen, ::testing::ElementsAre("not yet", "late", "nothing yet"));
}

TEST_F(NetClient, EndsAtOnceWhenCancelled) {
  Event closed;
  ScriptedServer server([&](Conversation& c, const Request&) {
    if (c.wait_closed()) closed.set();
    c.close();
  });
  Outcome outcome;
  Event ended;
  ports::Cancel cancel;
  core_.start();
  running_ = true;
  core_.spawn(fetch(*client_, request_to(server), cancel, outcome), [&ended] { ended.set(); });
  ASSERT_TRUE(server.wait_requests(1));
  core_.post([&cancel] { cancel.request(); });
  ASSERT_TRUE(ended.wait());
  EXPECT_EQ(outcome.status.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(closed.wait()) << "the upstream was not told";
}

// The gateway still flushes to its client when the upstream's answer is whole: the cancel may come then.
Task<void> fetch_then_cancel(ports::Upstream& upstream, ports::UpstreamRequest request, ports::Cancel& cancel) {
  auto exchange = (co_await upstream.start(std::move(request), cancel)).value();
  Result<bool> there = co_await exchange->wait_head(std::chrono::seconds(5));
  EXPECT_TRUE(there.value());
  for (;;) {
    auto piece = co_await exchange->read_some(std::chrono::seconds(5));
    if (piece.value().value().empty()) break;
  }
  cancel.request();
}

TEST_F(NetClient, ACancelAfterTheAnswersEndDoesNotHarmTheNextRequest) {
  ScriptedServer server([](Conversation& c, const Request&) {
    c.begin_chunked();
    c.chunk("ok");
    c.end_chunked();
  });
  ports::Cancel cancel;
  run(fetch_then_cancel(*client_, request_to(server), cancel));
  const Outcome next = get(request_to(server));
  ASSERT_TRUE(next.status.has_value()) << next.status.error().message;
  EXPECT_EQ(next.body, "ok");
  EXPECT_EQ(server.connections(), 1);
}

Task<void> start_and_drop(ports::Upstream& upstream, ports::UpstreamRequest request, ports::Cancel& cancel) {
  auto exchange = (co_await upstream.start(std::move(request), cancel)).value();
  co_await exchange->wait_head(std::chrono::seconds(5));
}

TEST_F(NetClient, ClosesTheConnectionOfADroppedExchange) {
  Event closed;
  ScriptedServer server([&](Conversation& c, const Request&) {
    c.begin_chunked();
    c.chunk("first");
    if (c.wait_closed()) closed.set();
    c.close();
  });
  ports::Cancel cancel;
  run(start_and_drop(*client_, request_to(server), cancel));
  EXPECT_TRUE(closed.wait());
  EXPECT_EQ(counters_.open, 0);
}

TEST_F(NetClient, TakesAnAnswerThatComesBeforeTheRequestIsRead) {
  ScriptedServer server([](Conversation& c, const Request&) {
    c.answer(413, "too large", "Connection: close\r\n");
    c.wait_closed();
    c.close();
  });
  server.read_bodies(false);
  const std::string large(20'000'000, 'x');
  // The server reads on, so either the answer is seen while writing or the request goes out whole.
  const Outcome outcome = get(request_to(server, {large}));
  EXPECT_EQ(outcome.status.value(), 413);
  EXPECT_EQ(outcome.body, "too large");
}

class NetClientTls : public NetClient {
 protected:
  void SetUp() override { make_client({}, ca_.ca_file()); }
  static ports::UpstreamRequest tls_request(const ScriptedServer& server, std::string host = "localhost") {
    ports::UpstreamRequest request = request_to(server);
    request.origin = {std::move(host), server.port(), true};
    return request;
  }
  TestCa ca_;
};

TEST_F(NetClientTls, VerifiesAndSpeaks) {
  const std::string large(500'000, 'y');
  ScriptedServer server([&](Conversation& c, const Request&) { c.answer(200, large); }, ca_.issue({"DNS:localhost"}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(tls_request(server)).body, large);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(NetClientTls, VerifiesAddressesToo) {
  ScriptedServer server([](Conversation& c, const Request&) { c.answer(200, "ok"); }, ca_.issue({"IP:127.0.0.1"}));
  EXPECT_EQ(get(tls_request(server, "127.0.0.1")).body, "ok");
}

TEST_F(NetClientTls, ResumesSessions) {
  ScriptedServer server([](Conversation& c, const Request&) { c.answer(200, "ok", "Connection: close\r\n"); },
                        ca_.issue({"DNS:localhost"}));
  get(tls_request(server));
  get(tls_request(server));
  EXPECT_FALSE(server.requests().at(0).tls_resumed);
  EXPECT_TRUE(server.requests().at(1).tls_resumed);
  EXPECT_EQ(counters_.tls_resumptions, 1);
}

TEST_F(NetClientTls, RefusesAnotherHostsCertificate) {
  ScriptedServer server([](Conversation& c, const Request&) { c.answer(200, "ok"); },
                        ca_.issue({"DNS:elsewhere.test"}));
  const Outcome outcome = get(tls_request(server));
  EXPECT_EQ(outcome.status.error().code, ErrorCode::kBadGateway);
  EXPECT_THAT(outcome.status.error().message, HasSubstr("ostname mismatch"));
  EXPECT_EQ(outcome.status.error().retry, Retry::kNo);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(NetClientTls, RefusesAnUnknownAuthority) {
  TestCa other;
  ScriptedServer server([](Conversation& c, const Request&) { c.answer(200, "ok"); }, other.issue({"DNS:localhost"}));
  EXPECT_EQ(get(tls_request(server)).status.error().code, ErrorCode::kBadGateway);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(NetClientTls, GoesThroughAProxysTunnel) {
  ScriptedServer server([](Conversation& c, const Request&) { c.answer(200, "through"); },
                        ca_.issue({"DNS:upstream.test"}));
  ScriptedServer proxy([&](Conversation& c, const Request&) { c.tunnel_to(server.port()); });
  net::ClientSettings settings;
  settings.proxies =
      net::ProxyRules::parse({"http://user:pw@127.0.0.1:" + std::to_string(proxy.port()), "", ""}).value();
  make_client(std::move(settings), ca_.ca_file());
  EXPECT_EQ(get(tls_request(server, "upstream.test")).body, "through");
  const Request tunnel = proxy.requests().at(0);
  EXPECT_EQ(tunnel.method, "CONNECT");
  EXPECT_EQ(tunnel.target, "upstream.test:" + std::to_string(server.port()));
  EXPECT_EQ(tunnel.header("Proxy-Authorization"), "Basic dXNlcjpwdw==");
  EXPECT_EQ(server.requests().at(0).header("Proxy-Authorization"), "");
}

TEST_F(NetClientTls, ReportsAProxysRefusal) {
  ScriptedServer proxy([](Conversation& c, const Request&) { c.answer(407, "who are you?"); });
  net::ClientSettings settings;
  settings.proxies = net::ProxyRules::parse({"127.0.0.1:" + std::to_string(proxy.port()), "", ""}).value();
  make_client(std::move(settings), ca_.ca_file());
  ports::UpstreamRequest request;
  request.origin = {"upstream.test", 443, true};
  EXPECT_THAT(get(request).status.error().message, HasSubstr("407"));
}

TEST_F(NetClient, AsksAProxyForPlainUrlsUnlessDirect) {
  ScriptedServer proxy([](Conversation& c, const Request&) { c.answer(200, "proxied"); });
  net::ClientSettings settings;
  settings.proxies = net::ProxyRules::parse({"", "127.0.0.1:" + std::to_string(proxy.port()), ""}).value();
  make_client(std::move(settings));
  ports::UpstreamRequest request;
  request.method = "GET";
  request.origin = {"upstream.test", 8080, false};
  request.target = "/a";
  EXPECT_EQ(get(request).body, "proxied");
  EXPECT_EQ(proxy.requests().at(0).target, "http://upstream.test:8080/a");
  request.direct = true;
  request.origin.host = "no-such-host.invalid";
  EXPECT_FALSE(get(request).status.has_value());
  EXPECT_EQ(proxy.requests().size(), 1);
}

}  // namespace
}  // namespace stargate::testing
