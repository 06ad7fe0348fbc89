// URIs: an accepted URL reads the same when it is put together again; encoding comes back.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/hash.h"
#include "codec/uri.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace codec = stargate::codec;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  require(codec::percent_decode(codec::percent_encode(text)) == text);
  require(codec::percent_decode(codec::percent_encode(text, true)) == text);
  require(codec::base64_decode(codec::base64_encode(text)) == text);
  if (const auto bytes = codec::base64_decode(text); bytes && text.size() % 4 == 0) {
    require(codec::base64_encode(*bytes) == text);
  }
  std::size_t pairs_bytes = 0;
  for (const auto& [name, value] : codec::parse_query(text)) pairs_bytes += name.size() + value.size();
  require(pairs_bytes <= text.size());
  const auto url = codec::parse_url(text);
  if (!url) return 0;
  const auto again = codec::parse_url(url->scheme + "://" + url->authority() + url->target);
  require(again.has_value());
  require(again->scheme == url->scheme && again->host == url->host && again->port == url->port);
  require(again->target == url->target);
  return 0;
}
