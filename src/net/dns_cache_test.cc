#include "net/dns_cache.h"

#include <gtest/gtest.h>

#include <future>
#include <list>
#include <memory>

namespace stargate::net {
namespace {

using ports::Task;
using Answer = Result<Addresses>;

const Address kFirst = boost::asio::ip::make_address("192.0.2.1");
const Address kSecond = boost::asio::ip::make_address("192.0.2.2");

Task<void> ask(DnsCache& dns, std::string host, ports::Cancel& cancel, std::promise<Answer>& promise) {
  auto answer = co_await dns.resolve(std::move(host), Core::now() + std::chrono::seconds(10), cancel);
  promise.set_value(std::move(answer));
}

class DnsCacheTest : public ::testing::Test {
 protected:
  void start(Duration ttl, std::size_t flights_max, ResolverThread::LookUp how) {
    dns_ = std::make_unique<DnsCache>(core_, ttl, flights_max, std::move(how));
    core_.start();
  }
  ~DnsCacheTest() override {
    core_.stop();
    core_.join();
    dns_.reset();
  }
  std::future<Answer> begin(const std::string& host) {
    auto& promise = promises_.emplace_back();
    core_.spawn(ask(*dns_, host, cancel_, promise));
    return promise.get_future();
  }

  // For the resolver's thread; there until it has ended.
  int asked_ = 0;
  std::promise<void> go_on_;
  std::shared_future<void> may_go_on_ = go_on_.get_future().share();

  Core core_;
  ports::Cancel cancel_;
  std::unique_ptr<DnsCache> dns_;
  std::list<std::promise<Answer>> promises_;
};

TEST_F(DnsCacheTest, TheOldAddressServesWhileANewOneIsOnItsWay) {
  start(Duration::zero(), 8, [&](const std::string&) -> Answer {
    if (++asked_ == 1) return Addresses{kFirst};
    may_go_on_.wait();
    return Addresses{kSecond};
  });
  EXPECT_EQ(begin("a.test").get().value(), Addresses{kFirst});
  EXPECT_EQ(begin("a.test").get().value(), Addresses{kFirst}) << "nobody waits for the second lookup";
  go_on_.set_value();
}

TEST_F(DnsCacheTest, TheOldAddressServesWhenTheResolverFails) {
  start(Duration::zero(), 8, [&](const std::string&) -> Answer {
    if (++asked_ == 1) return Addresses{kFirst};
    return base::fail(ErrorCode::kBadGateway, "no answer");
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(begin("a.test").get().value(), Addresses{kFirst});
}

TEST_F(DnsCacheTest, FailuresAreNotKept) {
  start(std::chrono::hours(1), 8, [&](const std::string&) -> Answer {
    if (++asked_ > 1) return Addresses{kFirst};
    return base::fail(ErrorCode::kBadGateway, "no answer");
  });
  const Answer failed = begin("a.test").get();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().message, "cannot look up a.test: no answer");
  EXPECT_EQ(failed.error().retry, Retry::kYes);
  EXPECT_EQ(failed.error().source, ErrorSource::kInternal);
  EXPECT_TRUE(begin("a.test").get().has_value());
}

TEST_F(DnsCacheTest, LookupsUnderWayAreBounded) {
  start(std::chrono::hours(1), 2, [&](const std::string&) -> Answer {
    may_go_on_.wait();
    return Addresses{kFirst};
  });
  auto first = begin("a.test");
  auto second = begin("b.test");
  auto same = begin("a.test");
  const Answer third = begin("c.test").get();
  ASSERT_FALSE(third.has_value());
  EXPECT_EQ(third.error().code, ErrorCode::kBadGateway);
  EXPECT_EQ(begin("192.0.2.2").get().value(), Addresses{kSecond});
  go_on_.set_value();
  EXPECT_TRUE(first.get().has_value());
  EXPECT_TRUE(second.get().has_value());
  EXPECT_TRUE(same.get().has_value());
  EXPECT_TRUE(begin("c.test").get().has_value());
}

}  // namespace
}  // namespace stargate::net
