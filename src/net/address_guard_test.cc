#include "net/address_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace stargate::net {
namespace {

class Special : public ::testing::TestWithParam<std::string> {};
TEST_P(Special, IsNotPublic) { EXPECT_FALSE(is_public_address(boost::asio::ip::make_address(GetParam()))); }
INSTANTIATE_TEST_SUITE_P(, Special,
                         ::testing::Values("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
                                           "100.127.255.255", "127.0.0.1", "127.255.0.9", "169.254.169.254",
                                           "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.170", "192.0.2.1",
                                           "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
                                           "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
                                           "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
                                           "::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
                                           "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1",
                                           "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1"));

class Ordinary : public ::testing::TestWithParam<std::string> {};
TEST_P(Ordinary, IsPublic) { EXPECT_TRUE(is_public_address(boost::asio::ip::make_address(GetParam()))); }
INSTANTIATE_TEST_SUITE_P(, Ordinary,
                         ::testing::Values("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
                                           "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.0.1", "172.15.0.1",
                                           "172.32.0.1", "192.167.0.1", "192.169.0.1", "198.17.0.1", "198.20.0.1",
                                           "223.255.255.255", "2001:4860:4860::8888", "2600:1f18::1", "2a00:1450::1"));

}  // namespace
}  // namespace stargate::net
