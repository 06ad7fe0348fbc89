// Fetching by URL on a client's behalf: what must be fetched, and above all what must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "net/url_fetcher.h"
#include "tests/support/net/scripted_server.h"
#include "tests/support/net/server_under_test.h"

namespace stargate::testing {
namespace {

using ports::Task;
using ::testing::HasSubstr;
using Conversation = ScriptedServer::Conversation;
using Request = ScriptedServer::Request;

// `patience` of each wait; `waits` counts them.
Task<void> fetch_into(ports::Fetcher& fetcher, std::string url, std::size_t bytes_max, Duration patience,
                      ports::Cancel& cancel, Result<ports::FetchedFile>& result, std::atomic<int>& waits) {
  const auto fetch = fetcher.start(std::move(url), bytes_max, cancel);
  for (;;) {
    auto file = co_await fetch->wait(patience);
    ++waits;
    if (file && !*file) continue;
    result = file ? Result<ports::FetchedFile>(std::move(**file)) : std::unexpected(std::move(file.error()));
    co_return;
  }
}

class NetFetcher : public ::testing::Test {
 protected:
  NetFetcher()
      : server_([this](Conversation& c, const Request& request) { answer(c, request); },
                ca_.issue({"DNS:images.test", "DNS:localhost"})),
        tls_(net::TlsClient::create(ca_.ca_file()).value()),
        client_(std::make_unique<net::Client>(core_, *tls_, net::ClientSettings{}, counters_)) {
    net::FetcherSettings settings;
    settings.time = std::chrono::seconds(5);
    settings.allowed.push_back({"images.test", server_.port(), boost::asio::ip::make_address("127.0.0.1")});
    fetcher_ = std::make_unique<net::UrlFetcher>(*client_, std::move(settings));
    core_.start();
  }
  ~NetFetcher() override {
    core_.stop();
    core_.join();
  }

  virtual void answer(Conversation& c, const Request& request) {
    if (request.target == "/cat.png") c.answer(200, "meow", "Content-Type: Image/PNG; charset=binary\r\n");
    if (request.target == "/large") c.answer(200, std::string(5000, 'x'));
    if (request.target == "/endless") {
      c.begin_chunked();
      while (c.chunk(std::string(1000, 'x'))) {
      }
    }
    if (request.target == "/hanging") {
      hanging_.set();
      EXPECT_TRUE(go_on_.wait());
      c.answer(200, "at last");
    }
    if (request.target == "/missing") c.answer(404, "no");
    if (request.target == "/moved") c.answer(302, "", "Location: cat.png#top\r\n");
    if (request.target == "/loop") c.answer(302, "", "Location: /loop\r\n");
    if (request.target == "/inside") c.answer(302, "", "Location: https://169.254.169.254/latest/meta-data\r\n");
    if (request.target == "/plain") c.answer(302, "", "Location: http://images.test/cat.png\r\n");
    c.close();
  }

  Result<ports::FetchedFile> fetch(std::string url, std::size_t bytes_max = 4096) {
    Result<ports::FetchedFile> result;
    ports::Cancel cancel;
    Event ended;
    core_.spawn(fetch_into(*fetcher_, std::move(url), bytes_max, std::chrono::seconds(60), cancel, result, waits_),
                [&ended] { ended.set(); });
    EXPECT_TRUE(ended.wait());
    return result;
  }
  [[nodiscard]] std::string url(std::string_view target, std::string_view host = "images.test") const {
    return "https://" + std::string(host) + ":" + std::to_string(server_.port()) + std::string(target);
  }

  std::atomic<int> waits_ = 0;
  Event hanging_;
  Event go_on_;
  TestCa ca_;
  ScriptedServer server_;
  net::ClientCounters counters_;
  net::Core core_;
  std::unique_ptr<net::TlsClient> tls_;
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<net::UrlFetcher> fetcher_;
};

TEST_F(NetFetcher, FetchesAFileAndItsType) {
  const auto file = fetch(url("/cat.png#head"));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(file->media_type, "image/png");
  EXPECT_EQ(file->bytes, "meow");
  EXPECT_EQ(server_.requests().at(0).header("Authorization"), "");
}

TEST_F(NetFetcher, LetsTheAskerLookAfterOtherThings) {
  Result<ports::FetchedFile> result;
  ports::Cancel cancel;
  Event ended;
  core_.spawn(fetch_into(*fetcher_, url("/hanging"), 4096, std::chrono::milliseconds(1), cancel, result, waits_),
              [&ended] { ended.set(); });
  ASSERT_TRUE(hanging_.wait());
  while (waits_ < 3) std::this_thread::yield();
  EXPECT_FALSE(ended.is_set());
  go_on_.set();
  ASSERT_TRUE(ended.wait());
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->bytes, "at last");
}

TEST_F(NetFetcher, AnAskerThatGoesAwayEndsTheFetch) {
  Result<ports::FetchedFile> result;
  ports::Cancel cancel;
  Event ended;
  core_.spawn(fetch_into(*fetcher_, url("/hanging"), 4096, std::chrono::seconds(60), cancel, result, waits_),
              [&ended] { ended.set(); });
  ASSERT_TRUE(hanging_.wait());
  core_.post([&cancel] { cancel.request(); });
  ASSERT_TRUE(ended.wait());
  go_on_.set();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

TEST_F(NetFetcher, FollowsARelativeRedirect) { EXPECT_EQ(fetch(url("/moved"))->bytes, "meow"); }

TEST_F(NetFetcher, RefusesWhatIsTooLarge) {
  EXPECT_EQ(fetch(url("/large")).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(fetch(url("/endless")).error().code, ErrorCode::kTooLarge);
}

TEST_F(NetFetcher, RefusesEveryStatusBut200) {
  const auto file = fetch(url("/missing"));
  EXPECT_EQ(file.error().code, ErrorCode::kBadRequest);
  EXPECT_THAT(file.error().message, HasSubstr("404"));
}

TEST_F(NetFetcher, StopsFollowingRedirects) {
  EXPECT_THAT(fetch(url("/loop")).error().message, HasSubstr("too many redirects"));
  EXPECT_EQ(server_.requests().size(), 4);
}

TEST_F(NetFetcher, NeverReachesIntoTheNetwork) {
  for (const std::string& target :
       {url("/cat.png", "127.0.0.1"), url("/cat.png", "localhost"), url("/cat.png", "[::1]"),
        url("/cat.png", "[::ffff:127.0.0.1]"), url("/cat.png", "0.0.0.0"), url("/cat.png", "2130706433"),
        url("/cat.png", "0x7f.1"), url("/inside"), std::string("https://169.254.169.254/latest/meta-data"),
        std::string("https://[fd00:ec2::254]/latest/meta-data"), std::string("https://10.0.0.1/")}) {
    const auto file = fetch(target);
    ASSERT_FALSE(file.has_value()) << target;
    EXPECT_EQ(file.error().source, ErrorSource::kClient) << target;
    EXPECT_EQ(file.error().code, ErrorCode::kBadRequest) << target;
  }
  EXPECT_LE(server_.requests().size(), 1) << "only the redirect itself may have been asked for";
}

TEST_F(NetFetcher, SpeaksHttpsOnly) {
  EXPECT_FALSE(fetch("http://images.test/cat.png").has_value());
  EXPECT_FALSE(fetch("file:///etc/passwd").has_value());
  EXPECT_FALSE(fetch("https://user@images.test/").has_value());
  EXPECT_THAT(fetch(url("/plain")).error().message, HasSubstr("only https"));
}

}  // namespace
}  // namespace stargate::testing
