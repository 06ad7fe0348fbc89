#include "ledger/journal_reader.h"

#include <chrono>
#include <type_traits>
#include <utility>

#include "codec/hash.h"

namespace stargate::ledger {
namespace {

// Takes values off the front; once something is missing, `ok` stays false and everything is zero.
struct Taker {
  std::string_view rest;
  bool ok = true;

  template <class T>
  T take() {
    const std::string_view bytes = text(sizeof(T));
    std::make_unsigned_t<T> value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
      value =
          static_cast<std::make_unsigned_t<T>>(std::uint64_t{value} << 8 | static_cast<unsigned char>(bytes[i - 1]));
    }
    return static_cast<T>(value);
  }

  std::string_view text(std::size_t size) {
    ok = ok && size <= rest.size();
    if (!ok) return {};
    const std::string_view out = rest.substr(0, size);
    rest.remove_prefix(size);
    return out;
  }
};

WallTime instant_of(std::int64_t count) { return WallTime(std::chrono::nanoseconds(count)); }

constexpr auto kKindLast = static_cast<std::uint8_t>(policy::account::kScopeKindLast);

std::optional<JournalRecord> parse_payload(std::string_view payload) {
  Taker taker{payload};
  JournalRecord record;
  if (taker.take<std::uint8_t>() != kRecordVersion) return std::nullopt;
  const auto kind = taker.take<std::uint8_t>();
  if (kind < static_cast<std::uint8_t>(RecordKind::kHeld) ||
      kind > static_cast<std::uint8_t>(RecordKind::kAcknowledged)) {
    return std::nullopt;
  }
  record.kind = static_cast<RecordKind>(kind);
  const auto flags = taker.take<std::uint8_t>();
  if (flags > kEstimatedFlag) return std::nullopt;
  record.estimated = flags == kEstimatedFlag;
  record.number = taker.take<std::uint64_t>();
  if (record.kind == RecordKind::kAcknowledged) {
    record.through = taker.take<std::uint64_t>();
  } else {
    record.amount = {taker.take<std::int64_t>()};
  }
  record.at = instant_of(taker.take<std::int64_t>());
  record.request_id = taker.text(taker.take<std::uint16_t>());
  const auto parts = taker.take<std::uint8_t>();
  if (parts > kBudgetsPerHoldMax) return std::nullopt;
  for (std::size_t i = 0; i < parts; ++i) {
    HoldPart part;
    const auto scope_kind = taker.take<std::uint8_t>();
    if (scope_kind > kKindLast) return std::nullopt;
    part.key.kind = static_cast<policy::account::ScopeKind>(scope_kind);
    for (std::string* text : {&part.key.id, &part.key.user_id, &part.key.model}) {
      *text = taker.text(taker.take<std::uint16_t>());
    }
    part.window_begin = instant_of(taker.take<std::int64_t>());
    record.parts.push_back(std::move(part));
  }
  record.row = taker.text(taker.take<std::uint32_t>());
  if (!taker.ok || !taker.rest.empty()) return std::nullopt;
  return record;
}

}  // namespace

SegmentReader::SegmentReader(std::string_view bytes) : bytes_(bytes) {
  Taker taker{bytes};
  const std::string_view magic = taker.text(kSegmentMagic.size());
  segment_ = taker.take<std::uint64_t>();
  const auto crc = taker.take<std::uint32_t>();
  if (!taker.ok) {
    fault_ = "the header is cut";
  } else if (magic != kSegmentMagic) {
    fault_ = "this is no segment of a journal that this version can read";
  } else if (crc != codec::crc32(0, bytes.substr(0, kSegmentHeadBytes - sizeof(crc)))) {
    fault_ = "the header's checksum is wrong";
  } else {
    good_bytes_ = kSegmentHeadBytes;
  }
}

std::optional<JournalRecord> SegmentReader::next() {
  if (!fault_.empty() || good_bytes_ == bytes_.size()) return std::nullopt;
  Taker taker{bytes_.substr(good_bytes_)};
  const std::string_view length_bytes = taker.rest.substr(0, sizeof(std::uint32_t));
  const auto length = taker.take<std::uint32_t>();
  const auto crc = taker.take<std::uint32_t>();
  if (taker.ok && (length == 0 || length > kRecordBytesMax - kFrameHeadBytes)) return fail("a length is impossible");
  const std::string_view payload = taker.text(length);
  if (!taker.ok) return fail("the last record is cut");
  if (crc != frame_crc(length_bytes, payload)) return fail("a checksum is wrong");
  auto record = parse_payload(payload);
  if (!record) return fail("a record is of a kind or version that this program does not know");
  good_bytes_ += kFrameHeadBytes + length;
  return record;
}

std::nullopt_t SegmentReader::fail(std::string_view why) {
  fault_ = why;
  return std::nullopt;
}

}  // namespace stargate::ledger
