// One record of the journal, and its bytes. Pure.
//
// A frame is: u32 length of the payload, u32 CRC-32 of that length and the payload, payload. All integers are little
// endian, a text is a u16 length and its bytes. The payload is: u8 version, u8 kind, u8 flags (1: estimated), u64
// number, i64 amount, i64 time (ns since 1970), request id, u8 count of parts, each {u8 scope, id, user id, model, i64
// begin of the window}, u32 length and row. A segment is a header (8 bytes of magic with the version, u64 segment
// number, u32 CRC-32 of both) and frames.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/money.h"
#include "base/time.h"
#include "ledger/book.h"

namespace stargate::ledger {

enum class RecordKind : std::uint8_t {
  kHeld = 1,          // a request may now be dispatched under this hold
  kSettled = 2,       // it cost this much
  kVoided = 3,        // it cost nothing and ends its hold
  kAcknowledged = 4,  // the store has every settled record up to `through`
};

inline constexpr std::uint8_t kRecordVersion = 1;
inline constexpr std::uint8_t kEstimatedFlag = 1;
inline constexpr std::string_view kSegmentMagic = "SGLEDG\x01\n";
inline constexpr std::size_t kRecordBytesMax = std::size_t{16} * 1024;  // of a frame
inline constexpr std::size_t kFrameHeadBytes = 8;
inline constexpr std::size_t kSegmentHeadBytes = 20;

struct JournalRecord {
  RecordKind kind = RecordKind::kHeld;
  bool estimated = false;     // the amount is not the upstream's own count
  std::uint64_t number = 0;   // ascending over all segments; the journal gives it
  std::string request_id;     // what makes a record idempotent
  base::NanoUsd amount = {};  // held or spent
  std::uint64_t through = 0;  // of kAcknowledged; in the place of the amount
  WallTime at = {};           // of the hold, also in kSettled
  std::vector<HoldPart> parts;
  std::string row;  // what the store wants to know of the request; opaque here, never a body or a secret
  bool operator==(const JournalRecord&) const = default;
};

// Bytes of the record's frame; above kRecordBytesMax for one that has none.
std::size_t frame_bytes(const JournalRecord& record);

// Appends the frame. Error kTooLarge (nothing appended): the frame would have more than kRecordBytesMax.
Result<void> append_frame(std::string& out, const JournalRecord& record);

// Of the four bytes of a length and the payload behind them.
std::uint32_t frame_crc(std::string_view length_bytes, std::string_view payload);

void append_segment_head(std::string& out, std::uint64_t segment);

}  // namespace stargate::ledger
