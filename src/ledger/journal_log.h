// The journal without its thread: records into segments, segments into files, and back after a crash.
//
// Keeps true: once write() and then sync() have answered well for an entry, its files tell it, until an acknowledgement
// covers it; and a hold whose end was not written is told as unsettled, however long ago it began. A write or sync that
// fails ends its segment: the kernel may have dropped what it had of it, and asking again would be told "fine".
// Everything since the last good sync is then written anew, in a new segment; a record that stands in both is told
// once, by its number, and a segment of which nothing was ever durable goes when its successor is written. Acknowledged
// segments are removed, oldest first; open holds in them are carried over.
//
// Used by one thread at a time; does not own the files.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "ledger/journal_files.h"
#include "ledger/journal_record.h"

namespace stargate::ledger {

// One record on its way to disk.
struct JournalEntry {
  RecordKind kind = RecordKind::kHeld;
  std::uint64_t number = 0;
  std::string request_id;
  std::string frame = {};
};

// A segment that could not be read to its end. In the last segment that was written before a crash, and in one that a
// failed write ended, this is what a torn tail looks like; anywhere else the disk has lost something.
struct JournalDamage {
  std::uint64_t segment = 0;
  std::size_t at = 0;  // bytes of the segment that were read
  std::size_t lost_bytes = 0;
  std::string why;
};

// What the files tell at the start. Settled records are not in it, they may be many: read_settled() gives them in
// pieces.
struct JournalReplay {
  std::vector<JournalRecord> unsettled;  // holds without an end, by number
  std::vector<JournalDamage> damage;
  std::uint64_t next_number = 1;
  std::uint64_t acknowledged = 0;
  std::uint64_t settled_last = 0;  // number of the last settled record; above `acknowledged`: the store lacks some
};

// A segment, and the number of the last settled record that it may have.
struct SegmentMark {
  std::uint64_t segment = 0;
  std::uint64_t settled_last = 0;
};

// The settled records above `after` of the first segment that has any, by number; empty: there are none. Calling it
// with the last number that it gave walks through all of them. A record that a failing disk made the journal write
// twice is given once; a request that was settled twice is not recognised, the store does that. May run beside a
// writer: of what is being written it sees a part. kUnavailable, also when a segment went meanwhile because it was
// acknowledged.
Result<std::vector<JournalRecord>> read_settled(JournalFiles& files, std::span<const SegmentMark> segments,
                                                std::uint64_t after);

class JournalLog {
 public:
  JournalLog(JournalFiles& files, std::uint64_t segment_bytes) : files_(files), segment_bytes_(segment_bytes) {}

  // First of all, once.
  Result<JournalReplay> replay();
  // Appends the entries in their order. On an error none counts as written (some may be on disk: give all again).
  Result<void> write(std::span<const JournalEntry> entries);
  // Everything that was written is durable. On an error nothing since the last good sync is, and the next sync tries
  // anew.
  Result<void> sync();
  // The store has every settled record up to this number: removes what is only history. An error leaves some of it.
  Result<void> acknowledge(std::uint64_t through, const JournalEntry& mark);

  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::vector<SegmentMark> marks() const;
  [[nodiscard]] std::size_t segments() const { return segments_.size(); }
  [[nodiscard]] std::size_t unsynced_bytes() const { return unsynced_.size(); }
  [[nodiscard]] std::size_t open_holds() const { return open_.size(); }

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    std::uint64_t settled_last = 0;  // number of the last settled record in it
    bool synced = true;              // false: nothing in it is durable, and all of it is in unsynced_
  };
  struct OpenHold {
    std::uint64_t segment = 0;
    JournalEntry entry;
  };

  void note(const JournalEntry& entry);
  bool usable(std::size_t more_bytes) const;
  Result<void> begin_segment();
  void remove_superseded();
  Result<void> append(std::string_view bytes);
  Result<void> carry_over(std::uint64_t segment);
  struct Holds;
  void replay_segment(std::uint64_t number, std::string_view bytes, JournalReplay& out, Holds& holds);

  JournalFiles& files_;
  std::uint64_t segment_bytes_;
  std::vector<Segment> segments_;  // ascending; the last one is current when current_
  bool current_ = false;           // the last segment takes writes
  std::uint64_t next_segment_ = 1;
  std::uint64_t acknowledged_ = 0;
  std::string unsynced_;  // frames since the last good sync
  std::map<std::string, OpenHold> open_;
};

}  // namespace stargate::ledger
