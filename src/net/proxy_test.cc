#include "net/proxy.h"

#include <gtest/gtest.h>

namespace stargate::net {
namespace {

ProxyRules rules(std::string no_proxy) {
  return ProxyRules::parse({"http://proxy.corp:3128", "http://plain.corp", std::move(no_proxy)}).value();
}

bool proxied(std::string no_proxy, std::string host, std::uint16_t port = 443) {
  return rules(std::move(no_proxy)).proxy_for({std::move(host), port, true}) != nullptr;
}

TEST(Proxy, IsChosenByTheOriginsScheme) {
  const ProxyRules both = rules("");
  EXPECT_EQ(both.proxy_for({"example.com", 443, true})->host, "proxy.corp");
  EXPECT_EQ(both.proxy_for({"example.com", 443, true})->port, 3128);
  EXPECT_EQ(both.proxy_for({"example.com", 80, false})->host, "plain.corp");
  EXPECT_EQ(both.proxy_for({"example.com", 80, false})->port, 80);
  EXPECT_EQ(ProxyRules().proxy_for({"example.com", 443, true}), nullptr);
}

TEST(Proxy, TakesCredentialsFromTheAddress) {
  const auto parsed = ProxyRules::parse({"http://user:p%40ss@proxy.corp:3128/", "", ""});
  const Proxy* proxy = parsed->proxy_for({"example.com", 443, true});
  EXPECT_EQ(proxy->authorization.reveal(), "Basic dXNlcjpwQHNz");
  EXPECT_EQ(proxy->host, "proxy.corp");
}

TEST(Proxy, MayBeGivenWithoutSchemeOrAsAnAddress) {
  EXPECT_EQ(ProxyRules::parse({"proxy:8080", "", ""})->proxy_for({"a.b", 443, true})->port, 8080);
  EXPECT_EQ(ProxyRules::parse({"http://[2001:db8::1]:8080", "", ""})->proxy_for({"a.b", 443, true})->host,
            "2001:db8::1");
}

TEST(Proxy, RefusesWhatItCannotSpeak) {
  EXPECT_FALSE(ProxyRules::parse({"socks5://proxy:1080", "", ""}).has_value());
  EXPECT_FALSE(ProxyRules::parse({"http://proxy:99999", "", ""}).has_value());
  EXPECT_FALSE(ProxyRules::parse({"http://", "", ""}).has_value());
  EXPECT_FALSE(ProxyRules::parse({"", "", "10.0.0.0/64"}).has_value());
}

TEST(Proxy, NoProxyTakesNamesAndWhatIsBelowThem) {
  for (const char* list : {"example.com", ".example.com", "*.example.com", "other, EXAMPLE.com"}) {
    EXPECT_FALSE(proxied(list, "example.com")) << list;
    EXPECT_FALSE(proxied(list, "a.b.Example.com")) << list;
    EXPECT_TRUE(proxied(list, "badexample.com")) << list;
    EXPECT_TRUE(proxied(list, "example.com.evil")) << list;
  }
  EXPECT_FALSE(proxied("*", "anything"));
}

TEST(Proxy, NoProxyTakesPortsAddressesAndRanges) {
  EXPECT_FALSE(proxied("example.com:8443", "example.com", 8443));
  EXPECT_TRUE(proxied("example.com:8443", "example.com", 443));
  EXPECT_FALSE(proxied("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(proxied("10.0.0.0/8", "10.200.0.1"));
  EXPECT_TRUE(proxied("10.0.0.0/8", "11.0.0.1"));
  EXPECT_FALSE(proxied("192.168.4.0/22", "192.168.7.255"));
  EXPECT_TRUE(proxied("192.168.4.0/22", "192.168.8.0"));
  EXPECT_FALSE(proxied("fd00::/8", "fd12::1"));
  EXPECT_FALSE(proxied("[2001:db8::1]:443", "2001:db8::1"));
}

TEST(Proxy, NeverStandsBeforeLoopback) {
  EXPECT_FALSE(proxied("", "localhost"));
  EXPECT_FALSE(proxied("", "127.0.0.1"));
  EXPECT_FALSE(proxied("", "::1"));
}

}  // namespace
}  // namespace stargate::net
