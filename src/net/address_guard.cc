#include "net/address_guard.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace stargate::net {

namespace {

struct RangeV4 {
  std::uint32_t network;
  unsigned bits;
};

constexpr std::uint32_t ip(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

constexpr std::array<RangeV4, 17> kSpecialV4 = {{
    {ip(0, 0, 0, 0), 8},        // this network
    {ip(10, 0, 0, 0), 8},       // private
    {ip(100, 64, 0, 0), 10},    // shared address space (CGNAT)
    {ip(127, 0, 0, 0), 8},      // loopback
    {ip(169, 254, 0, 0), 16},   // link-local, cloud metadata
    {ip(172, 16, 0, 0), 12},    // private
    {ip(192, 0, 0, 0), 24},     // protocol assignments
    {ip(192, 0, 2, 0), 24},     // documentation
    {ip(192, 31, 196, 0), 24},  // AS112
    {ip(192, 52, 193, 0), 24},  // AMT
    {ip(192, 88, 99, 0), 24},   // 6to4 relays
    {ip(192, 168, 0, 0), 16},   // private
    {ip(198, 18, 0, 0), 15},    // benchmarking
    {ip(198, 51, 100, 0), 24},  // documentation
    {ip(203, 0, 113, 0), 24},   // documentation
    {ip(224, 0, 0, 0), 4},      // multicast
    {ip(240, 0, 0, 0), 4},      // reserved, broadcast
}};

bool is_public(const boost::asio::ip::address_v4& address) {
  const std::uint32_t value = address.to_uint();
  return std::none_of(kSpecialV4.begin(), kSpecialV4.end(), [value](const RangeV4& range) {
    return (value >> (32 - range.bits)) == (range.network >> (32 - range.bits));
  });
}

// Only 2000::/3 is global unicast; within it some prefixes are special or carry IPv4.
bool is_public(const boost::asio::ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  if ((bytes[0] & 0xE0U) != 0x20U) return false;
  const unsigned first = (unsigned{bytes[0]} << 8) | bytes[1];
  const unsigned second = (unsigned{bytes[2]} << 8) | bytes[3];
  if (first == 0x2001U && second < 0x0200U) return false;   // 2001::/23: protocol assignments, Teredo, ORCHID
  if (first == 0x2001U && second == 0x0DB8U) return false;  // documentation
  if (first == 0x2002U) return false;                       // 6to4
  if (first == 0x2620U && second == 0x004FU) return false;  // AS112
  return (first & 0xFFF0U) != 0x3FF0U;                      // 3fff::/20: documentation
}

}  // namespace

bool is_public_address(const boost::asio::ip::address& address) {
  return address.is_v4() ? is_public(address.to_v4()) : is_public(address.to_v6());
}

}  // namespace stargate::net
