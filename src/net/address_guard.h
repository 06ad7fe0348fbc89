// Which addresses on behalf of a client must never be connected to.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace stargate::net {

// True for an ordinary address of the public internet. False for everything that IANA's special-purpose registries
// (RFC 6890 and its updates) hold: this host, private, shared (CGNAT), loopback, link-local (cloud metadata), unique
// local, documentation, benchmarking, multicast, reserved, broadcast; and for IPv6 addresses that carry an IPv4 address
// (mapped, compatible, NAT64, 6to4, Teredo) as these reach what the IPv4 address names.
bool is_public_address(const boost::asio::ip::address& address);

}  // namespace stargate::net
