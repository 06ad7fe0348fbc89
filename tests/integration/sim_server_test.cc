// The simulator behind the real HTTP server, on a loopback socket: signatures, streams, and connections that are cut.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "aws/sigv4.h"
#include "codec/event_stream.h"
#include "codec/hash.h"
#include "codec/http1.h"
#include "codec/json.h"
#include "net/core.h"
#include "net/server.h"
#include "net/tls_server.h"
#include "sim/bedrock.h"
#include "sim/certificate.h"
#include "sim/options.h"
#include "sim/real_env.h"

namespace stargate::sim {
namespace {

constexpr std::string_view kPath = "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream";

std::string native(std::string_view prompt) {
  return R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":1000,"messages":[{"role":"user","content":)" +
         codec::json::quoted(prompt) + "}]}";
}

struct Answer {
  int status = 0;
  std::string body;
  bool whole = false;  // false: the connection ended before the body did
};

class SimServerTest : public ::testing::Test {
 protected:
  SimServerTest() : world_(read_options({}, {})->settings), env_(core_.io()), bedrock_(world_, env_) {}

  void SetUp() override {
    const auto port = server_.listen("127.0.0.1", 0);
    ASSERT_TRUE(port) << port.error().message;
    port_ = *port;
    core_.start();
  }

  void TearDown() override {
    core_.spawn(server_.drain(std::chrono::seconds(1)), [this] { core_.stop(); });
    core_.join();
  }

  // One request on a connection of its own, signed with `secret`.
  Answer ask(const std::string& body, std::string_view secret = kExampleSecretKey) const {
    const std::string host = "127.0.0.1:" + std::to_string(port_);
    aws::SigningIdentity identity;
    identity.access_key_id = kExampleAccessKey;
    identity.secret_access_key = Secret(std::string(secret));
    const aws::SigningRequest request{
        .method = "POST", .path = kPath, .query = "", .headers = {{"host", host}}, .body_hash = codec::sha256(body)};
    codec::http1::Headers headers;
    headers.add("Host", host);
    headers.add("Content-Length", std::to_string(body.size()));
    const auto now = std::chrono::system_clock::now();
    for (auto& [name, value] : aws::sign(request, identity, {.region = "us-east-1", .service = "bedrock"}, now)) {
      headers.add(name, value);
    }
    std::string bytes;
    codec::http1::append_request_head(bytes, "POST", kPath, headers);
    return parse(exchange(bytes + body));
  }

  // Sends, and reads until the answer is whole or the connection ends.
  [[nodiscard]] std::string exchange(const std::string& bytes) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    std::string received;
    char buffer[4096];
    while (!parse(received).whole) {
      const ssize_t size = ::recv(socket, buffer, sizeof buffer, 0);
      if (size <= 0) break;
      received.append(buffer, static_cast<std::size_t>(size));
    }
    ::close(socket);
    return received;
  }

  static Answer parse(std::string_view bytes) {
    codec::http1::ResponseParser parser;
    const auto head = parser.parse_head(bytes);
    if (!head || !parser.head_done()) return {};
    Answer answer{.status = parser.head().status, .body = {}, .whole = parser.body_done()};
    bytes.remove_prefix(*head);
    while (!bytes.empty() && !parser.body_done()) {
      std::string_view piece;
      const auto taken = parser.parse_body(bytes, piece);
      if (!taken || *taken == 0) break;
      answer.body.append(piece);
      bytes.remove_prefix(*taken);
    }
    answer.whole = parser.body_done();
    return answer;
  }

  static std::size_t frames(std::string_view body) {
    codec::event_stream::Decoder decoder;
    decoder.feed(body);
    codec::event_stream::Message message;
    std::size_t count = 0;
    while (decoder.next(message).value_or(false)) ++count;
    return count;
  }

  World world_;
  net::Core core_;
  RealEnv env_;
  Bedrock bedrock_;
  net::ServerCounters counters_;
  net::Server server_{core_, bedrock_, {}, counters_};
  std::uint16_t port_ = 0;
};

TEST_F(SimServerTest, SignedStreamIsServed) {
  const Answer answer = ask(native("[[sim text=40 tokens]]"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(frames(answer.body), 13U);  // 8 deltas and their 5 companions
}

TEST_F(SimServerTest, WrongSecretIsRefused) {
  const Answer answer = ask(native("hi"), "another");
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.body.find("The request signature we calculated does not match"), std::string::npos) << answer.body;
}

TEST_F(SimServerTest, ACutAnswerEndsTheConnection) {
  const Answer answer = ask(native("[[sim text=40 tokens]] [[sim fault=cut after=4]]"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.whole);
  EXPECT_EQ(frames(answer.body), 4U);
  EXPECT_EQ(ask(native("[[sim fault=cut after=0]]")).status, 0);
}

TEST(SimCertificate, ServesTheListener) {
  const std::string folder = ::testing::TempDir();
  const auto files = make_certificate(folder);
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_TRUE(net::TlsServer::load({.certificate_file = files->certificate, .key_file = files->key}));
  EXPECT_FALSE(make_certificate(folder + "/no/such/folder"));
}

}  // namespace
}  // namespace stargate::sim
