// A small strict reader of the XML that AWS's query services answer with. Pure.
// Elements, attributes (skipped), text with the five named and the numeric entities, comments and a declaration.
// A document type, processing instructions, CDATA and anything past the bounds are refused: AWS sends none of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace stargate::aws {

inline constexpr std::size_t kXmlBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kXmlDepthMax = 32;
inline constexpr std::size_t kXmlLeavesMax = 256;

// An element without children: its path of local names and its unescaped text ("A/B/Code", "AccessDenied").
struct XmlLeaf {
  std::string path;
  std::string text;
};

// Errors: kBadGateway with the byte offset, never the text.
Result<std::vector<XmlLeaf>> scan_xml(std::string_view text);

}  // namespace stargate::aws
