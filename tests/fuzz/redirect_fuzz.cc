// A redirect's Location: wherever it leads, the result is a whole URL without control characters, reads the same when
// it is put together again, and a Location without an authority of its own stays with the host that sent it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/uri.h"
#include "net/url_fetcher.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return true;
  }
  return false;
}

void check(const stargate::codec::Url& base, std::string_view location) {
  const auto url = stargate::net::resolve_location(base, location);
  if (!url) return;
  require(url->scheme == "http" || url->scheme == "https");
  require(!url->host.empty() && url->port != 0 && !url->target.empty());
  require(!has_control(url->authority()) && !has_control(url->target));
  const auto again = stargate::codec::parse_url(url->scheme + "://" + url->authority() + url->target);
  require(again && again->host == url->host && again->port == url->port && again->target == url->target);
  const bool own_authority = location.starts_with("//") || location.find(':') != std::string_view::npos;
  if (!own_authority) require(url->scheme == base.scheme && url->host == base.host && url->port == base.port);
}

}  // namespace

// The first line is the URL that answered, the rest its Location.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  const std::string_view location = line == std::string_view::npos ? text : text.substr(line + 1);
  static const stargate::codec::Url kUsual{"https", "example.com", 8443, "/a/b?c=d"};
  check(kUsual, location);
  const auto base = stargate::codec::parse_url(text.substr(0, line));
  if (base) check(*base, location);
  return 0;
}
