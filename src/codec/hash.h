// Digests, HMAC, CRC and text encodings of bytes. Thread-safe; contexts are kept per thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stargate::codec {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 sha256(std::span<const std::string_view> pieces);  // of the concatenation
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
std::string sha1_hex(std::string_view bytes);  // only for the names of AWS SSO cache files

// CRC-32 IEEE (zlib's), as the AWS event stream uses it. crc = value of the bytes before, 0 at the start.
std::uint32_t crc32(std::uint32_t crc, std::string_view bytes);

std::string hex(std::span<const std::uint8_t> bytes);  // lower case
inline std::string hex(const Sha256& digest) { return hex(std::span<const std::uint8_t>(digest)); }
std::string_view as_view(const Sha256& digest);

std::string base64_encode(std::string_view bytes);
// Standard alphabet; padding required to be right when present. nullopt on any other byte.
std::optional<std::string> base64_decode(std::string_view text);
// Appends to `out`; false (and `out` as before) when the text is not base64. The hot path of the event stream.
bool base64_decode_append(std::string& out, std::string_view text);

}  // namespace stargate::codec
