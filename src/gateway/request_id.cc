#include "gateway/request_id.h"

#include <algorithm>
#include <cstdint>

namespace stargate::gateway {

namespace {

// The lowest `digits` hex digits of `value`.
void append_hex(std::string& out, std::uint64_t value, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int place = digits - 1; place >= 0; --place) out.push_back(kDigits[(value >> (4 * place)) & 15]);
}

}  // namespace

std::string new_request_id(ports::Env& env) {
  std::string id = "req_";
  id.reserve(28);
  append_hex(id, env.random(), 16);
  append_hex(id, env.random(), 8);
  return id;
}

std::string new_uuid(ports::Env& env) {
  const std::uint64_t high = (env.random() & ~0xF000ULL) | 0x4000ULL;       // version 4
  const std::uint64_t low = (env.random() & ~(3ULL << 62)) | (2ULL << 62);  // RFC 4122 variant
  std::string id;
  id.reserve(36);
  append_hex(id, high >> 32, 8);
  append_hex(id += '-', high >> 16, 4);
  append_hex(id += '-', high, 4);
  append_hex(id += '-', low >> 48, 4);
  append_hex(id += '-', low, 12);
  return id;
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
