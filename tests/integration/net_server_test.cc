// The HTTP/1.1 server over real sockets: what a client sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "tests/support/net/raw_client.h"
#include "tests/support/net/server_under_test.h"

namespace stargate::testing {
namespace {

using codec::http1::ResponseHead;
using ports::Task;
using ::testing::HasSubstr;

// Answers by path. What it notices is set in events.
class PathHandler final : public ports::Handler {
 public:
  ports::Refusal refusal(const codec::http1::RequestHead& head, std::string_view peer, Duration,
                         const Error& error) override {
    return plain_refusal(head, peer, error);
  }

  Task<void> serve(ports::Downstream& downstream) override {
    const std::string path(downstream.head().path());
    if (path == "/echo") co_await echo(downstream);
    if (path == "/stream") co_await stream(downstream);
    if (path == "/early") co_await refuse_unread(downstream);
    if (path == "/wait") co_await wait_for_cancel(downstream);
    if (path == "/broken") throw std::runtime_error("a bug");
    if (path == "/hold") co_await hold(downstream);
    if (path == "/abandon") {
      co_await downstream.begin({});
      const std::string_view piece = "half";
      co_await downstream.write({&piece, 1});
    }
    if (path == "/release") {
      released.store(true);
      co_await downstream.respond({}, "released");
    }
  }

  std::atomic<bool> released = false;
  Event waiting;
  Event cancelled;
  net::Core* core = nullptr;

 private:
  static Task<void> echo(ports::Downstream& downstream) {
    auto body = co_await downstream.read_body(1024 * 1024);
    ResponseHead head;
    if (!body) {
      head.status = base::http_status(body.error().code);
      co_await downstream.respond(std::move(head), std::string(base::name_of(body.error().code)));
      co_return;
    }
    head.headers.add("X-Method", downstream.head().method);
    std::string text = std::move(*body);
    co_await downstream.respond(std::move(head), std::move(text));
  }

  static Task<void> stream(ports::Downstream& downstream) {
    ResponseHead head;
    head.headers.add("Content-Type", "text/event-stream");
    co_await downstream.begin(std::move(head));
    for (int i = 0; i < 3; ++i) {
      const std::string number = std::to_string(i);
      const std::vector<std::string_view> pieces = {"data: ", number, "\n\n"};
      co_await downstream.write(pieces);
    }
    co_await downstream.end();
  }

  static Task<void> refuse_unread(ports::Downstream& downstream) {
    ResponseHead head;
    head.status = 401;
    co_await downstream.respond(std::move(head), "who are you?");
  }

  Task<void> wait_for_cancel(ports::Downstream& downstream) {
    auto body = co_await downstream.read_body(1024);
    net::Waiter waiter(*core);
    ports::Cancel::Hook hook(downstream.cancel(), [&] { core->post([&] { waiter.wake(net::Wake::kReady); }); });
    waiting.set();
    if (!downstream.cancel().requested()) co_await waiter.wait(net::Core::now() + std::chrono::seconds(10));
    if (downstream.cancel().requested()) cancelled.set();
  }

  // Holds its answer back until /release was asked for on another connection.
  Task<void> hold(ports::Downstream& downstream) {
    waiting.set();
    net::Waiter waiter(*core);
    while (!released && !downstream.cancel().requested()) {
      co_await waiter.wait(net::Core::now() + std::chrono::milliseconds(20));
    }
    if (downstream.cancel().requested()) cancelled.set();
    co_await downstream.respond({}, "held");
  }
};

class NetServer : public ::testing::Test {
 protected:
  void start(net::ServerSettings settings = {}) {
    server_ = std::make_unique<ServerUnderTest>(handler_, settings);
    handler_.core = &server_->core();
  }
  RawClient& connect() {
    clients_.push_back(std::make_unique<RawClient>(server_->port()));
    return *clients_.back();
  }
  PathHandler handler_;
  std::unique_ptr<ServerUnderTest> server_;
  std::vector<std::unique_ptr<RawClient>> clients_;
};

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}

TEST_F(NetServer, KeepsTheConnectionForOneRequestAfterTheOther) {
  start();
  RawClient& client = connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(post("/echo", "hello " + std::to_string(i))));
    const RawAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello " + std::to_string(i));
    EXPECT_EQ(answer.header("Connection"), "");
    EXPECT_NE(answer.header("Date"), "");
  }
  EXPECT_EQ(server_->counters().accepted, 1);
  EXPECT_EQ(server_->counters().requests, 3);
}

TEST_F(NetServer, AnswersPipelinedRequestsInOrder) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send(post("/echo", "one") + get("/stream") + post("/echo", "three") + post("/echo", "four")));
  EXPECT_EQ(client.read_answer().body, "one");
  EXPECT_EQ(client.read_answer().body, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
  EXPECT_EQ(client.read_answer().body, "three");
  EXPECT_EQ(client.read_answer().body, "four");
}

TEST_F(NetServer, TakesARequestByteByByte) {
  start();
  RawClient& client = connect();
  for (const char byte : post("/echo", "slowly")) ASSERT_TRUE(client.send({&byte, 1}));
  EXPECT_EQ(client.read_answer().body, "slowly");
}

TEST_F(NetServer, TakesAChunkedBody) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n"));
  ASSERT_TRUE(client.send("5\r\npedia\r\n0\r\n\r\n" + get("/stream")));
  EXPECT_EQ(client.read_answer().body, "wikipedia");
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST_F(NetServer, TakesABodyLargerThanItsBuffers) {
  start();
  RawClient& client = connect();
  const std::string body(900'000, 'x');
  ASSERT_TRUE(client.send(post("/echo", body)));
  EXPECT_EQ(client.read_answer().body, body);
}

TEST_F(NetServer, SaysContinueWhenTheHandlerWantsTheBody) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.read_answer().status, 100);
  ASSERT_TRUE(client.send("body"));
  EXPECT_EQ(client.read_answer().body, "body");
}

TEST_F(NetServer, AnswersAtOnceWithoutContinueWhenTheBodyIsNotWanted) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(NetServer, AnswersHeadWithTheHeadOnly) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send("HEAD /release HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(client.read_answer(true).header("Content-Length"), "8");
  ASSERT_TRUE(client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + post("/echo", "next")));
  EXPECT_EQ(client.read_answer(true).header("Content-Type"), "text/event-stream");
  EXPECT_EQ(client.read_answer().body, "next");
}

TEST_F(NetServer, StreamsToHttp10UntilClose) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send("GET /stream HTTP/1.0\r\nHost: a\r\n\r\n"));
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.header("Transfer-Encoding"), "");
  EXPECT_EQ(answer.body, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
}

TEST_F(NetServer, ClosesWhenAskedTo) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send(get("/stream", "Connection: close\r\n")));
  EXPECT_EQ(client.read_answer().header("Connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(NetServer, AnswersForAHandlerThatDoesNot) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send(get("/nothing")));
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("X-Refused"), "/nothing");
  EXPECT_THAT(answer.body, HasSubstr("without an answer"));
  ASSERT_TRUE(client.send(get("/broken")));
  EXPECT_EQ(client.read_answer().status, 500);
}

TEST_F(NetServer, LeavesAnUnfinishedStreamVisiblyCut) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send(get("/abandon")));
  EXPECT_FALSE(client.read_answer().whole);
}

TEST_F(NetServer, KeepsTheConnectionBehindAShortUnreadBody) {
  start();
  RawClient& client = connect();
  ASSERT_TRUE(client.send(post("/early", "unread") + post("/echo", "read")));
  EXPECT_EQ(client.read_answer().status, 401);
  EXPECT_EQ(client.read_answer().body, "read");
}

TEST_F(NetServer, LetsTheClientReadTheAnswerToATooLargeBody) {
  start();
  RawClient& client = connect();
  const std::string body(8 * 1024 * 1024, 'x');
  client.send(post("/echo", body));
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "too_large");
  EXPECT_EQ(answer.header("Connection"), "close");
  client.finish_sending();
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(NetServer, RefusesAChunkedBodyAsSoonAsItIsTooLarge) {
  start();
  RawClient& client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'y') + "\r\n";
  for (int i = 0; i < 17; ++i) client.send(chunk);
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(NetServer, RefusesAChunkThatCannotFitAsSoonAsItIsAnnounced) {
  start();
  for (const std::string_view announced : {"100001\r\n", "5\r\nbegun\r\nffffc\r\n", "fffffffffffffffe;x=y\r\n"}) {
    RawClient& client = connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(announced));
    const RawAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 413) << announced;
    EXPECT_EQ(answer.header("Connection"), "close");
  }
  RawClient& fits = connect();
  fits.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" +
            std::string(0x100000, 'z') + "\r\n0\r\n\r\n");
  EXPECT_EQ(fits.read_answer().status, 200);
}

TEST_F(NetServer, RefusesHeadsThatAreTooLarge) {
  start();
  RawClient& bytes = connect();
  bytes.send(get("/echo", "X-Long: " + std::string(70'000, 'x') + "\r\n"));
  EXPECT_EQ(bytes.read_answer().status, 431);
  EXPECT_TRUE(bytes.closed_by_server());
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  RawClient& fields = connect();
  fields.send(get("/echo", many));
  const RawAnswer refused = fields.read_answer();
  EXPECT_EQ(refused.status, 431);
  EXPECT_EQ(refused.header("X-Refused"), "/echo");
}

TEST_F(NetServer, RefusesAHeadRequestWithoutABody) {
  start();
  RawClient& client = connect();
  client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n");
  const RawAnswer answer = client.read_answer(true);
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.header("Content-Length"), "0");
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(client.buffer(), "");
}

TEST_F(NetServer, GivesUpOnSlowHeadsAndBodies) {
  start({.head_timeout = std::chrono::milliseconds(100), .body_stall_timeout = std::chrono::milliseconds(100)});
  RawClient& head = connect();
  ASSERT_TRUE(head.send("GET /echo HTTP/1.1\r\nHo"));
  const RawAnswer answer = head.read_answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_THAT(answer.body, HasSubstr("in time"));
  EXPECT_EQ(answer.header("X-Refused"), "/echo") << "the handler is told what is known of the request";
  EXPECT_TRUE(head.closed_by_server());
  RawClient& body = connect();
  ASSERT_TRUE(body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"));
  EXPECT_EQ(body.read_answer().status, 408);
  EXPECT_TRUE(body.closed_by_server());
}

TEST_F(NetServer, ClosesIdleConnectionsWithoutAWord) {
  start({.idle_timeout = std::chrono::milliseconds(100)});
  RawClient& client = connect();
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(client.buffer(), "");
}

TEST_F(NetServer, RefusesConnectionsOverTheLimit) {
  start({.connections_max = 2});
  RawClient& first = connect();
  ASSERT_TRUE(first.send(post("/echo", "1")));
  EXPECT_EQ(first.read_answer().status, 200);
  RawClient& second = connect();
  ASSERT_TRUE(second.send(post("/echo", "2")));
  EXPECT_EQ(second.read_answer().status, 200);
  RawClient& third = connect();
  EXPECT_EQ(third.read_answer().status, 503);
  EXPECT_TRUE(third.closed_by_server());
  EXPECT_EQ(server_->counters().refused, 1);
}

class Smuggling : public NetServer, public ::testing::WithParamInterface<std::string> {};

TEST_P(Smuggling, IsRefusedAndTheConnectionClosed) {
  start();
  RawClient& client = connect();
  client.send(GetParam());
  client.finish_sending();
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(client.buffer(), "") << "a second answer: the rest was taken for a request";
}

INSTANTIATE_TEST_SUITE_P(
    , Smuggling,
    ::testing::Values(
        "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
            get("/x"),
        "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde" + get("/x"),
        "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd" + get("/x"),
        "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\nabcd" + get("/x"),
        "POST /early HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + get("/x"),
        "POST /early HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + get("/x"),
        "POST /early HTTP/1.1\r\nHost: a\r\nX: \rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get("/x"),
        "POST /early HTTP/1.1\r\nHost: a\r\nX: 1\r\n Content-Length: 5\r\n\r\nabcde" + get("/x"),
        "GET /early HTTP/1.1\nHost: a\n\n" + get("/x"), "GET /early HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + get("/x"),
        "GET /early HTTP/1.1\r\n\r\n" + get("/x"), "NOT HTTP\r\n\r\n" + get("/x")));

TEST_F(NetServer, AnswersABadChunkSizeWith400AndCloses) {
  start();
  RawClient& client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n" +
              get("/stream"));
  client.finish_sending();
  EXPECT_EQ(client.read_answer().status, 400);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(client.buffer(), "");
}

}  // namespace
}  // namespace stargate::testing
