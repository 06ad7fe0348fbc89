// The journal's reader: any bytes are read to the end or to a fault, within their bounds, and what was read is written
// back as it stood. The checksums are put right before reading, so that the fuzzer reaches what lies behind them.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/hash.h"
#include "ledger/journal_reader.h"
#include "ledger/journal_record.h"

namespace {

namespace ledger = stargate::ledger;

void put_crc(std::string& bytes, std::size_t at, std::uint32_t crc) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(crc >> (8 * i) & 0xff);
}

void repair(std::string& bytes) {
  if (bytes.size() < ledger::kSegmentHeadBytes) return;
  bytes.replace(0, ledger::kSegmentMagic.size(), ledger::kSegmentMagic);
  const std::string_view view = bytes;
  put_crc(bytes, ledger::kSegmentHeadBytes - 4,
          stargate::codec::crc32(0, view.substr(0, ledger::kSegmentHeadBytes - 4)));
  for (std::size_t at = ledger::kSegmentHeadBytes; at + ledger::kFrameHeadBytes <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t i = 4; i > 0; --i) length = length << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    if (length > bytes.size() - at - ledger::kFrameHeadBytes) return;
    put_crc(bytes, at + 4, ledger::frame_crc(view.substr(at, 4), view.substr(at + ledger::kFrameHeadBytes, length)));
    at += ledger::kFrameHeadBytes + length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) repair(bytes);
  ledger::SegmentReader reader(bytes);
  std::string again;
  if (reader.good_bytes() > 0) ledger::append_segment_head(again, reader.segment());
  while (const auto record = reader.next()) {
    if (!ledger::append_frame(again, *record)) std::abort();
  }
  if (reader.good_bytes() > bytes.size() || again != bytes.substr(0, reader.good_bytes())) std::abort();
  if (reader.fault().empty() != (reader.good_bytes() == bytes.size() && !bytes.empty())) std::abort();
  return 0;
}
