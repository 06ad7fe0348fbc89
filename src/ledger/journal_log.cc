#include "ledger/journal_log.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "ledger/journal_reader.h"

namespace stargate::ledger {

// Which holds have no end, while the segments are read in their order.
struct JournalLog::Holds {
  std::map<std::string, JournalRecord> open;
  std::unordered_set<std::string> ended;  // a hold that was written anew may come behind its end

  void note(JournalRecord record) {
    if (record.kind == RecordKind::kHeld && !ended.contains(record.request_id)) {
      open.try_emplace(record.request_id, std::move(record));
    } else if (record.kind == RecordKind::kSettled || record.kind == RecordKind::kVoided) {
      open.erase(record.request_id);
      ended.insert(std::move(record.request_id));
    }
  }
};

void JournalLog::replay_segment(std::uint64_t number, std::string_view bytes, JournalReplay& out, Holds& holds) {
  Segment segment{.number = number, .bytes = bytes.size()};
  SegmentReader reader(bytes);
  while (auto record = reader.next()) {
    out.next_number = std::max(out.next_number, record->number + 1);
    if (record->kind == RecordKind::kAcknowledged) out.acknowledged = std::max(out.acknowledged, record->through);
    if (record->kind == RecordKind::kSettled) segment.settled_last = std::max(segment.settled_last, record->number);
    holds.note(std::move(*record));
  }
  if (!reader.fault().empty()) {
    out.damage.push_back({.segment = number,
                          .at = reader.good_bytes(),
                          .lost_bytes = bytes.size() - reader.good_bytes(),
                          .why = reader.fault()});
  }
  out.settled_last = std::max(out.settled_last, segment.settled_last);
  segments_.push_back(segment);
}

Result<JournalReplay> JournalLog::replay() {
  const auto listed = files_.list();
  if (!listed) return std::unexpected(listed.error());
  JournalReplay out;
  Holds holds;
  for (const std::uint64_t number : *listed) {
    const auto bytes = files_.read(number);
    if (!bytes) return std::unexpected(bytes.error());
    replay_segment(number, *bytes, out, holds);
    next_segment_ = number + 1;
  }
  acknowledged_ = out.acknowledged;
  for (auto& [request, record] : holds.open) {
    JournalEntry entry{.kind = record.kind, .number = record.number, .request_id = request};
    if (auto framed = append_frame(entry.frame, record); !framed) return std::unexpected(framed.error());
    // Where it stands is not kept apart: the first removal carries it over.
    open_.emplace(request, OpenHold{segments_.front().number, std::move(entry)});
    out.unsettled.push_back(std::move(record));
  }
  std::ranges::sort(out.unsettled, {}, &JournalRecord::number);
  return out;
}

Result<std::vector<JournalRecord>> read_settled(JournalFiles& files, std::span<const SegmentMark> segments,
                                                std::uint64_t after) {
  std::vector<JournalRecord> out;
  for (const SegmentMark& mark : segments) {
    if (mark.settled_last <= after) continue;
    const auto bytes = files.read(mark.segment);
    if (!bytes) return std::unexpected(bytes.error());
    SegmentReader reader(*bytes);
    while (auto record = reader.next()) {
      if (record->kind != RecordKind::kSettled || record->number <= after) continue;
      after = record->number;
      out.push_back(std::move(*record));
    }
    if (!out.empty()) return out;
  }
  return out;
}

std::vector<SegmentMark> JournalLog::marks() const {
  std::vector<SegmentMark> out;
  out.reserve(segments_.size());
  for (const Segment& segment : segments_) out.push_back({segment.number, segment.settled_last});
  return out;
}

std::uint64_t JournalLog::bytes() const {
  std::uint64_t sum = 0;
  for (const Segment& segment : segments_) sum += segment.bytes;
  return sum;
}

bool JournalLog::usable(std::size_t more_bytes) const {
  return current_ && segments_.back().bytes + more_bytes <= segment_bytes_;
}

// A new segment that begins with all that is not durable yet.
Result<void> JournalLog::begin_segment() {
  current_ = false;
  const std::uint64_t number = next_segment_++;
  std::string bytes;
  append_segment_head(bytes, number);
  bytes += unsynced_;
  auto begun = files_.create(number);
  if (begun) begun = files_.write(bytes);
  if (!begun) {
    (void)files_.remove(number);  // nobody was told of anything in it
    return begun;
  }
  // The frames written anew may be as late as the latest of the segment before.
  segments_.push_back({.number = number,
                       .bytes = bytes.size(),
                       .settled_last = segments_.empty() || unsynced_.empty() ? 0 : segments_.back().settled_last,
                       .synced = false});
  current_ = true;
  remove_superseded();
  return {};
}

// Segments of which nothing is durable and all is in the one just begun: a disk whose syncs fail for long must not fill
// up.
void JournalLog::remove_superseded() {
  const std::uint64_t newest = segments_.back().number;
  std::erase_if(segments_, [&](const Segment& segment) {
    return !segment.synced && segment.number != newest && files_.remove(segment.number).has_value();
  });
}

// To the current segment, or to a new one when there is none, it is full or it fails.
Result<void> JournalLog::append(std::string_view bytes) {
  if (usable(bytes.size())) {
    segments_.back().bytes += bytes.size();  // also of a failed write: some of it may be there
    if (files_.write(bytes)) return {};
    current_ = false;
  } else if (current_) {
    // The full segment is left behind durable, so that no more than one holds what is not.
    if (auto synced = sync(); !synced) return synced;
  }
  if (auto begun = begin_segment(); !begun) return begun;
  segments_.back().bytes += bytes.size();
  auto written = files_.write(bytes);
  current_ = written.has_value();
  return written;
}

void JournalLog::note(const JournalEntry& entry) {
  if (entry.kind == RecordKind::kHeld) {
    open_.insert_or_assign(entry.request_id, OpenHold{segments_.back().number, entry});
  } else if (entry.kind == RecordKind::kSettled || entry.kind == RecordKind::kVoided) {
    open_.erase(entry.request_id);
  }
  if (entry.kind == RecordKind::kSettled) segments_.back().settled_last = entry.number;
}

Result<void> JournalLog::write(std::span<const JournalEntry> entries) {
  std::string bytes;
  for (const JournalEntry& entry : entries) bytes += entry.frame;
  if (auto written = append(bytes); !written) return written;
  unsynced_ += bytes;
  for (const JournalEntry& entry : entries) note(entry);
  return {};
}

Result<void> JournalLog::sync() {
  if (unsynced_.empty()) return {};
  const bool durable = current_ && files_.sync().has_value();
  if (!durable) {
    if (auto begun = begin_segment(); !begun) return begun;
    auto again = files_.sync();
    current_ = again.has_value();
    if (!again) return again;
  }
  segments_.back().synced = true;
  unsynced_.clear();
  return {};
}

// Open holds that stand in `segment` are written once more, behind all others.
Result<void> JournalLog::carry_over(std::uint64_t segment) {
  std::vector<JournalEntry> entries;
  for (const auto& [request, hold] : open_) {
    if (hold.segment <= segment) entries.push_back(hold.entry);
  }
  if (entries.empty()) return {};
  return write(entries);
}

Result<void> JournalLog::acknowledge(std::uint64_t through, const JournalEntry& mark) {
  acknowledged_ = std::max(acknowledged_, through);
  if (auto written = write(std::span(&mark, 1)); !written) return written;
  std::vector<std::uint64_t> doomed;
  for (const Segment& segment : segments_) {
    if (segment.number == segments_.back().number || segment.settled_last > acknowledged_) break;
    doomed.push_back(segment.number);
  }
  if (doomed.empty()) return {};
  // First everything of worth is durable elsewhere, then they go.
  if (auto carried = carry_over(doomed.back()); !carried) return carried;
  if (auto synced = sync(); !synced) return synced;
  while (segments_.front().number <= doomed.back()) {
    if (auto removed = files_.remove(segments_.front().number); !removed) return removed;
    segments_.erase(segments_.begin());
  }
  return {};
}

}  // namespace stargate::ledger
