#include "ledger/journal.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace stargate::ledger {
namespace {

using std::chrono::steady_clock;

void tell(std::vector<Journal::Done> done, const Result<void>& outcome) {
  for (Journal::Done& one : done) one(outcome);
}

// The callbacks of a group, or of those of one durability, taken out.
template <class Group>
std::vector<Journal::Done> take_done(Group& group, std::optional<Durability> only) {
  std::vector<Journal::Done> out;
  for (auto& waiting : group) {
    if (waiting.done && (!only || waiting.durability == *only)) out.push_back(std::exchange(waiting.done, {}));
  }
  return out;
}

}  // namespace

Journal::Journal(std::unique_ptr<JournalFiles> files, const JournalSettings& settings)
    : settings_(settings), files_(std::move(files)), log_(*files_, settings.segment_bytes) {}

Result<std::unique_ptr<Journal>> Journal::open(std::unique_ptr<JournalFiles> files, const JournalSettings& settings) {
  std::unique_ptr<Journal> journal(new Journal(std::move(files), settings));
  auto replay = journal->log_.replay();
  if (!replay) return std::unexpected(replay.error());
  journal->next_number_ = replay->next_number;
  journal->acknowledge_through_ = journal->status_.acknowledged = replay->acknowledged;
  for (const JournalRecord& record : replay->unsettled) journal->open_.insert(record.request_id);
  journal->replay_ = std::move(*replay);
  journal->synced_at_ = steady_clock::now();
  journal->note_state({});
  try {
    journal->thread_ = std::thread([self = journal.get()] { self->work(); });
  } catch (const std::system_error& error) {
    return base::fail(ErrorCode::kUnavailable, std::string("the journal has no thread: ") + error.what());
  }
  return journal;
}

Journal::~Journal() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

JournalReplay Journal::take_replay() { return std::exchange(replay_, {}); }

// Whether the record may be queued, under the lock. The end of each open hold has its room from the beginning.
Result<void> Journal::admit(const JournalRecord& record, std::size_t bytes) {
  const bool ends = record.kind == RecordKind::kSettled || record.kind == RecordKind::kVoided;
  if (ends && open_.contains(record.request_id)) return {};
  const std::size_t ends_to_come = open_.size() + (record.kind == RecordKind::kHeld ? 1 : 0);
  const std::uint64_t wanted = status_.bytes + unwritten_bytes_ + bytes + ends_to_come * kRecordBytesMax;
  if (wanted > settings_.total_bytes) {
    ++status_.refused;
    return base::fail(
        ErrorCode::kUnavailable,
        "the journal is full (" + std::to_string(status_.bytes) + " of " + std::to_string(settings_.total_bytes) +
            " bytes are used, the rest is kept for requests in flight): the database has not taken what was "
            "spent, and nothing new is let in until it has");
  }
  if (record.kind == RecordKind::kHeld && !status_.failing.empty()) {
    ++status_.refused;
    return base::fail(ErrorCode::kUnavailable, "the journal cannot be written: " + status_.failing);
  }
  return {};
}

Result<std::uint64_t> Journal::append(JournalRecord record, Durability durability, Done done) {
  const std::size_t bytes = frame_bytes(record);
  if (bytes > kRecordBytesMax) {
    return base::fail(ErrorCode::kTooLarge,
                      "a journal record has more than " + std::to_string(kRecordBytesMax) + " bytes");
  }
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (auto admitted = admit(record, bytes); !admitted) return std::unexpected(admitted.error());
    record.number = number = next_number_++;
    if (record.kind == RecordKind::kHeld) {
      open_.insert(record.request_id);
    } else {
      open_.erase(record.request_id);
    }
    unwritten_bytes_ += bytes;
    queue_.push_back({.record = std::move(record), .durability = durability, .done = std::move(done)});
    if (queue_.size() > 1) return number;  // the thread has been told
  }
  changed_.notify_one();
  return number;
}

void Journal::acknowledge(std::uint64_t through) {
  {
    const std::lock_guard lock(mutex_);
    acknowledge_through_ = std::max(acknowledge_through_, through);
  }
  changed_.notify_one();
}

Result<std::vector<JournalRecord>> Journal::read_settled(std::uint64_t after) {
  std::vector<SegmentMark> marks;
  {
    const std::lock_guard lock(mutex_);
    marks = marks_;
  }
  return ledger::read_settled(*files_, marks, after);
}

JournalStatus Journal::status() const {
  const std::lock_guard lock(mutex_);
  JournalStatus out = status_;
  out.queued = queue_.size();
  out.open_holds = open_.size();
  out.last_number = next_number_ - 1;
  return out;
}

// Until there is something to do; true when what was only written is to be synced.
bool Journal::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto asked = [&] { return ending_ || !queue_.empty() || acknowledge_through_ > status_.acknowledged; };
  const bool failing = !status_.failing.empty();
  if (failing && !ending_) {
    // A disk that fails is asked again after a pause, whatever comes in meanwhile.
    changed_.wait_for(lock, settings_.retry_interval, [&] { return ending_; });
  } else if (log_.unsynced_bytes() > 0) {
    changed_.wait_until(lock, synced_at_ + settings_.sync_interval, asked);
  } else {
    changed_.wait(lock, asked);
  }
  return ending_ || failing || steady_clock::now() >= synced_at_ + settings_.sync_interval;
}

void Journal::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    const bool sync_due = wait_for_work(lock);
    const bool last = ending_;
    std::vector<Waiting> group = std::exchange(queue_, {});
    const std::uint64_t through = acknowledge_through_ > status_.acknowledged ? acknowledge_through_ : 0;
    lock.unlock();
    if (commit(std::move(group), sync_due) && through > 0) acknowledge_now(through);
    lock.lock();
    if (last && queue_.empty()) return;
  }
}

bool Journal::commit(std::vector<Waiting> group, bool sync_due) {
  if (!stuck_.empty()) {
    stuck_.insert(stuck_.end(), std::make_move_iterator(group.begin()), std::make_move_iterator(group.end()));
    group = std::exchange(stuck_, {});
  }
  const bool must_sync =
      std::ranges::any_of(group, [](const Waiting& w) { return w.durability == Durability::kSynced; });
  if (!group.empty() && !write_group(group)) return false;
  if ((must_sync || sync_due) && !sync_group(group)) return false;
  note_state({});
  return true;
}

bool Journal::write_group(std::vector<Waiting>& group) {
  std::vector<JournalEntry> entries;
  std::uint64_t bytes = 0;
  entries.reserve(group.size());
  for (const Waiting& waiting : group) {
    const JournalRecord& record = waiting.record;
    JournalEntry& entry = entries.emplace_back(JournalEntry{record.kind, record.number, record.request_id, {}});
    (void)append_frame(entry.frame, record);  // append() has looked that it fits
    bytes += entry.frame.size();
  }
  const auto written = log_.write(entries);
  if (!written) {
    note_state(written);
    tell(take_done(group, std::nullopt), written);
    stuck_ = std::move(group);
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    unwritten_bytes_ -= bytes;
    note_segments();
    ++status_.groups;
  }
  tell(take_done(group, Durability::kWritten), {});
  return true;
}

bool Journal::sync_group(std::vector<Waiting>& group) {
  const auto synced = log_.sync();
  if (synced) {
    synced_at_ = steady_clock::now();
    const std::lock_guard lock(mutex_);
    ++status_.syncs;
  } else {
    note_state(synced);
  }
  tell(take_done(group, std::nullopt), synced);
  return synced.has_value();
}

void Journal::acknowledge_now(std::uint64_t through) {
  JournalRecord record;
  record.kind = RecordKind::kAcknowledged;
  record.through = through;
  {
    const std::lock_guard lock(mutex_);
    record.number = next_number_++;
  }
  JournalEntry mark{.kind = record.kind, .number = record.number, .request_id = {}};
  if (!append_frame(mark.frame, record)) return;  // never: it is small
  const auto outcome = log_.acknowledge(through, mark);
  if (outcome) {
    const std::lock_guard lock(mutex_);
    status_.acknowledged = through;
  }
  note_state(outcome);
}

void Journal::note_state(const Result<void>& outcome) {
  const std::lock_guard lock(mutex_);
  status_.failing = outcome ? std::string() : outcome.error().message;
  note_segments();
}

// Under the lock.
void Journal::note_segments() {
  status_.bytes = log_.bytes();
  status_.segments = log_.segments();
  marks_ = log_.marks();
}

}  // namespace stargate::ledger
