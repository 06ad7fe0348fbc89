// The journal: what a settlement is appended to before anything else hears of it. Append-only segments in one
// directory, written by one thread that commits all that has gathered as one group (one write, at most one fdatasync).
//
// Keeps true: a settled record whose `done` heard "kSynced" outlives kill -9 and a power cut, one that heard "kWritten"
// outlives kill -9. The directory never grows above `total_bytes`: a hold is refused when its end might not fit any
// more, and the end of a hold that was taken is never refused. While the disk fails, holds are refused and ends are
// kept in memory and tried again.
//
// append() and acknowledge() are thread-safe and never wait for the disk. `done` is called once, on the journal's
// thread: it must not block; an error says "not durable yet", the record is kept and tried again until this is
// destroyed. Owned by app; destroying it writes what is queued and joins the thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/journal_files.h"
#include "ledger/journal_log.h"
#include "ledger/journal_record.h"

namespace stargate::ledger {

// What a record must have reached before its `done` is called.
enum class Durability : std::uint8_t { kWritten, kSynced };

struct JournalSettings {
  std::uint64_t segment_bytes = std::uint64_t{16} * 1024 * 1024;
  std::uint64_t total_bytes = std::uint64_t{512} * 1024 * 1024;
  Duration sync_interval = std::chrono::seconds(1);          // what is only written is synced after this at the latest
  Duration retry_interval = std::chrono::milliseconds(250);  // between tries of a disk that fails
};

struct JournalStatus {
  std::uint64_t bytes = 0;  // of all segments
  std::size_t segments = 0;
  std::size_t queued = 0;      // records that are not written yet
  std::size_t open_holds = 0;  // held, not ended
  std::uint64_t last_number = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t groups = 0;  // commits; records / groups is the size of a group
  std::uint64_t syncs = 0;
  std::uint64_t refused = 0;  // holds that found the journal full or failing
  std::string failing;        // the system's reason; empty: the disk is well
};

class Journal {
 public:
  using Done = std::move_only_function<void(Result<void>)>;

  // Reads what earlier lives left, then starts the thread. Errors: those of the files, and of a system without threads.
  static Result<std::unique_ptr<Journal>> open(std::unique_ptr<JournalFiles> files, const JournalSettings& settings);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  // What open() found; empty from the second call on.
  JournalReplay take_replay();

  // Queues a record and returns its number (`record.number` is ignored). Errors, after which nothing was queued and
  // `done` is not called: kUnavailable for a hold when the journal is full or the disk fails, and for a settlement
  // without a hold when it is full; kTooLarge.
  Result<std::uint64_t> append(JournalRecord record, Durability durability, Done done = {});
  // What the store lacks, in pieces of one segment: settled records above `after`; see ledger::read_settled(). Reads
  // the disk in the caller's thread: not for a core.
  Result<std::vector<JournalRecord>> read_settled(std::uint64_t after);
  // The store has committed every settled record up to this number; what is older may go.
  void acknowledge(std::uint64_t through);

  [[nodiscard]] JournalStatus status() const;

 private:
  struct Waiting {
    JournalRecord record;
    Durability durability = Durability::kWritten;
    Done done;
  };

  Journal(std::unique_ptr<JournalFiles> files, const JournalSettings& settings);
  Result<void> admit(const JournalRecord& record, std::size_t bytes);
  void work();
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  bool commit(std::vector<Waiting> group, bool sync_due);
  bool write_group(std::vector<Waiting>& group);
  bool sync_group(std::vector<Waiting>& group);
  void acknowledge_now(std::uint64_t through);
  void note_state(const Result<void>& outcome);
  void note_segments();

  JournalSettings settings_;
  std::unique_ptr<JournalFiles> files_;
  JournalLog log_;  // the thread's, from open() on
  JournalReplay replay_;
  std::vector<Waiting> stuck_;  // the thread's: could not be written yet
  MonoTime synced_at_;          // the thread's

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::vector<Waiting> queue_;
  std::uint64_t unwritten_bytes_ = 0;  // of queue_ and stuck_
  std::unordered_set<std::string> open_;
  std::uint64_t next_number_ = 1;
  std::uint64_t acknowledge_through_ = 0;
  JournalStatus status_;
  std::vector<SegmentMark> marks_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace stargate::ledger
