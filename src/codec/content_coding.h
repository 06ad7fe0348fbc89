// Content-Encoding of requests (gzip, deflate, br, zstd), and gzip for answers. Bounded: a small body that inflates to
// more than `bytes_max` is refused before it is held.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::codec {

// Undoes the codings that a Content-Encoding field names, last one first ("identity" and "" do nothing; at most 3).
// The result has capacity for base::kJsonPadding more bytes. Errors (source client): kUnsupportedMedia for an unknown
// coding, kTooLarge past bytes_max, kBadRequest for a body that is damaged, cut or followed by other bytes.
Result<std::string> decode_content(std::string body, std::string_view content_encoding, std::size_t bytes_max);

std::string gzip(std::string_view bytes);

}  // namespace stargate::codec
