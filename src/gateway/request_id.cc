#include "gateway/request_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace stargate::gateway {

std::string new_request_id(ports::Env& env) {
  return fmt::format("req_{:016x}{:08x}", env.random(), env.random() >> 32);
}

std::string new_uuid(ports::Env& env) {
  const std::uint64_t high = (env.random() & ~0xF000ULL) | 0x4000ULL;       // version 4
  const std::uint64_t low = (env.random() & ~(3ULL << 62)) | (2ULL << 62);  // RFC 4122 variant
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF, low >> 48,
                     low & 0xFFFF'FFFF'FFFFULL);
}

bool plausible_id(std::string_view text) {
  constexpr std::size_t kIdBytesMax = 128;
  return !text.empty() && text.size() <= kIdBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == ':' || c == '-';
  });
}

std::string call_id_for(std::string_view sent, ports::Env& env) {
  return plausible_id(sent) ? std::string(sent) : new_uuid(env);
}

}  // namespace stargate::gateway
