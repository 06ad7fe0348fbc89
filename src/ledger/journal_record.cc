#include "ledger/journal_record.h"

#include <limits>

#include "codec/hash.h"

namespace stargate::ledger {
namespace {

template <class T>
void put(std::string& out, T value) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(bits >> (8 * i) & 0xff));
}

template <class Length>
bool put_text(std::string& out, std::string_view text) {
  if (text.size() > std::numeric_limits<Length>::max()) return false;
  put(out, static_cast<Length>(text.size()));
  out += text;
  return true;
}

std::int64_t nanoseconds(WallTime instant) { return std::chrono::nanoseconds(instant.time_since_epoch()).count(); }

bool put_payload(std::string& out, const JournalRecord& record) {
  put(out, kRecordVersion);
  put(out, static_cast<std::uint8_t>(record.kind));
  put(out, static_cast<std::uint8_t>(record.estimated ? kEstimatedFlag : 0));
  put(out, record.number);
  if (record.kind == RecordKind::kAcknowledged) {
    put(out, record.through);
  } else {
    put(out, record.amount.value);
  }
  put(out, nanoseconds(record.at));
  if (!put_text<std::uint16_t>(out, record.request_id)) return false;
  if (record.parts.size() > kBudgetsPerHoldMax) return false;
  put(out, static_cast<std::uint8_t>(record.parts.size()));
  for (const HoldPart& part : record.parts) {
    put(out, static_cast<std::uint8_t>(part.key.kind));
    for (const std::string* text : {&part.key.id, &part.key.user_id, &part.key.model}) {
      if (!put_text<std::uint16_t>(out, *text)) return false;
    }
    put(out, nanoseconds(part.window_begin));
  }
  return put_text<std::uint32_t>(out, record.row);
}

}  // namespace

std::uint32_t frame_crc(std::string_view length_bytes, std::string_view payload) {
  return codec::crc32(codec::crc32(0, length_bytes), payload);
}

std::size_t frame_bytes(const JournalRecord& record) {
  constexpr std::size_t kFixed =
      kFrameHeadBytes + 3 + 3 * sizeof(std::uint64_t) + sizeof(std::uint16_t) + 1 + sizeof(std::uint32_t);
  constexpr std::size_t kPartFixed = 1 + 3 * sizeof(std::uint16_t) + sizeof(std::uint64_t);
  if (record.parts.size() > kBudgetsPerHoldMax) return kRecordBytesMax + 1;
  std::size_t sum = kFixed + record.request_id.size() + record.row.size();
  for (const HoldPart& part : record.parts) sum += kPartFixed + policy::account::size_bytes(part.key);
  return sum;
}

Result<void> append_frame(std::string& out, const JournalRecord& record) {
  std::string payload;
  if (frame_bytes(record) > kRecordBytesMax || !put_payload(payload, record)) {
    return base::fail(ErrorCode::kTooLarge,
                      "a journal record has more than " + std::to_string(kRecordBytesMax) + " bytes");
  }
  const std::size_t start = out.size();
  put(out, static_cast<std::uint32_t>(payload.size()));
  put(out, frame_crc(std::string_view(out).substr(start), payload));
  out += payload;
  return {};
}

void append_segment_head(std::string& out, std::uint64_t segment) {
  const std::size_t start = out.size();
  out += kSegmentMagic;
  put(out, segment);
  put(out, codec::crc32(0, std::string_view(out).substr(start)));
}

}  // namespace stargate::ledger
