// Content codings: never more than the bound, whatever the body says.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "codec/content_coding.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kBytesMax = 64 * 1024;
  constexpr std::array<std::string_view, 6> kCodings = {"gzip", "deflate", "br", "zstd", "gzip, br", "zstd,deflate"};
  if (size == 0) return 0;
  std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string plain = body.substr(0, kBytesMax);
  const auto decoded = stargate::codec::decode_content(std::move(body), kCodings[data[0] % kCodings.size()], kBytesMax);
  if (decoded && decoded->size() > kBytesMax) std::abort();
  if (decoded && decoded->capacity() < decoded->size() + stargate::base::kJsonPadding) std::abort();
  if (stargate::codec::decode_content(stargate::codec::gzip(plain), "gzip", 2 * kBytesMax) != plain) std::abort();
  return 0;
}
