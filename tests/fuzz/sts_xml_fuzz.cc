// STS's XML: whatever arrives, the answer is whole credentials or an error, within the scanner's bounds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/sts.h"
#include "aws/xml_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto leaves = stargate::aws::scan_xml(text)) {
    if (leaves->empty() || leaves->size() > stargate::aws::kXmlLeavesMax) std::abort();
  }
  const auto identity = stargate::aws::parse_sts_answer(200, text);
  if (identity && (identity->access_key_id.empty() || !identity->expires)) std::abort();
  if (stargate::aws::parse_sts_answer(403, text)) std::abort();
  return 0;
}
