#include "ledger/journal_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace stargate::ledger {
namespace {

using policy::account::ScopeKind;

JournalRecord settled() {
  JournalRecord record;
  record.kind = RecordKind::kSettled;
  record.number = 7;
  record.estimated = true;
  record.request_id = "req-1";
  record.amount = {10'500'001};
  record.at = WallTime(std::chrono::nanoseconds(1'764'072'000'123'456'789));
  record.parts = {{{ScopeKind::kMember, "t1", "u1", "opus"}, WallTime::min()},
                  {{ScopeKind::kGlobal, ""}, WallTime(std::chrono::hours(7))}};
  record.row = std::string("{\"model\":\"x\"}\0\n", 16);
  return record;
}

JournalRecord acknowledged() {
  JournalRecord record;
  record.kind = RecordKind::kAcknowledged;
  record.number = 8;
  record.through = 7;
  return record;
}

std::string segment() {
  std::string bytes;
  append_segment_head(bytes, 3);
  EXPECT_TRUE(append_frame(bytes, settled()));
  EXPECT_TRUE(append_frame(bytes, acknowledged()));
  return bytes;
}

std::vector<JournalRecord> read_all(SegmentReader& reader) {
  std::vector<JournalRecord> out;
  while (auto record = reader.next()) out.push_back(std::move(*record));
  return out;
}

TEST(SegmentReader, ReadsWhatWasWritten) {
  const std::string bytes = segment();
  SegmentReader reader(bytes);
  EXPECT_EQ(reader.segment(), 3U);
  EXPECT_EQ(read_all(reader), (std::vector{settled(), acknowledged()}));
  EXPECT_EQ(reader.fault(), "");
  EXPECT_EQ(reader.good_bytes(), bytes.size());
}

TEST(SegmentReader, StopsAtATornTailWhereverItIsCut) {
  const std::string bytes = segment();
  std::string first;
  append_segment_head(first, 3);
  ASSERT_TRUE(append_frame(first, settled()));
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    SegmentReader reader(std::string_view(bytes).substr(0, cut));
    const auto records = read_all(reader);
    EXPECT_EQ(records.size(), cut >= first.size() ? 1U : 0U) << cut;
    EXPECT_EQ(reader.fault().empty(), cut == first.size() || cut == kSegmentHeadBytes) << cut;
  }
}

TEST(SegmentReader, StopsAtAByteThatChanged) {
  const std::string bytes = segment();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    SegmentReader reader(changed);
    EXPECT_LT(read_all(reader).size(), 2U) << at;
    EXPECT_NE(reader.fault(), "") << at;
  }
}

TEST(SegmentReader, ATailOfZerosIsNoRecord) {
  // What some file systems leave behind after a power cut.
  const std::string bytes = segment() + std::string(4096, '\0');
  SegmentReader reader(bytes);
  EXPECT_EQ(read_all(reader).size(), 2U);
  EXPECT_EQ(reader.good_bytes(), segment().size());
  EXPECT_NE(reader.fault(), "");
}

TEST(SegmentReader, AnUnknownVersionIsNotGuessedAt) {
  std::string payload(32, '\0');
  payload[0] = 2;
  std::string length("\x20\0\0\0", 4);
  const std::uint32_t crc = frame_crc(length, payload);
  std::string bytes;
  append_segment_head(bytes, 1);
  bytes += length;
  for (std::size_t i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(crc >> (8 * i) & 0xff));
  bytes += payload;
  SegmentReader reader(bytes);
  EXPECT_FALSE(reader.next());
  EXPECT_NE(reader.fault().find("version"), std::string::npos);
}

TEST(AppendFrame, HasAsManyBytesAsWereToldBefore) {
  for (const JournalRecord& record : {settled(), acknowledged(), JournalRecord{}}) {
    std::string bytes;
    ASSERT_TRUE(append_frame(bytes, record));
    EXPECT_EQ(bytes.size(), frame_bytes(record));
  }
}

TEST(AppendFrame, RefusesWhatIsTooLarge) {
  std::string bytes = "before";
  JournalRecord record = settled();
  record.row.assign(kRecordBytesMax, 'x');
  EXPECT_EQ(append_frame(bytes, record).error().code, ErrorCode::kTooLarge);
  record.row.clear();
  record.parts.resize(kBudgetsPerHoldMax + 1);
  EXPECT_FALSE(append_frame(bytes, record));
  EXPECT_EQ(bytes, "before");
}

}  // namespace
}  // namespace stargate::ledger
