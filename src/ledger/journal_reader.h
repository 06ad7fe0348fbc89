// Reads the records of one segment's bytes, up to the first that is not whole. Pure; never trusts a length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/journal_record.h"

namespace stargate::ledger {

class SegmentReader {
 public:
  // `bytes` must outlive the reader.
  explicit SegmentReader(std::string_view bytes);

  // The next record; nullopt at the end, or at the first byte that is not part of a whole record (then fault() says
  // why). What lies behind such a byte is not looked at: a torn tail may hold anything.
  std::optional<JournalRecord> next();

  [[nodiscard]] std::uint64_t segment() const { return segment_; }
  [[nodiscard]] std::size_t good_bytes() const { return good_bytes_; }  // up to the end of the last whole record
  [[nodiscard]] const std::string& fault() const { return fault_; }     // empty: everything was read or will be

 private:
  std::nullopt_t fail(std::string_view why);

  std::string_view bytes_;
  std::uint64_t segment_ = 0;
  std::size_t good_bytes_ = 0;
  std::string fault_;
};

}  // namespace stargate::ledger
