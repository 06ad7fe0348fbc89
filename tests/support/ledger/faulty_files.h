// A disk in memory that fails on command and forgets on a crash what was not synced.
#pragma once

#include <cstdint>
#include <latch>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/journal_files.h"
#include "ledger/journal_log.h"

namespace stargate::test {

class FaultyFiles final : public ledger::JournalFiles {
 public:
  // Operations (create, write, sync, remove) count from one. Those from `first` on fail, `count` of them. A write that
  // fails leaves half of its bytes, a sync that fails loses what was not synced, as a kernel may.
  void fail(std::uint64_t first, std::uint64_t count = 1) {
    fail_first_ = first;
    fail_count_ = count;
  }
  void fail_syncs(std::uint64_t count) { failing_syncs_ = count; }  // and nothing else
  [[nodiscard]] std::uint64_t operations() const { return operations_; }

  // The machine stops: of what was not synced any part remains, sometimes followed by a piece of rubbish.
  void crash(std::mt19937_64& random) {
    for (auto& [number, file] : files_) {
      const std::size_t loose = file.bytes.size() - file.synced;
      file.bytes.resize(file.synced + (loose == 0 ? 0 : random() % (loose + 1)));
      if (loose > 0 && random() % 4 == 0) file.bytes.append(random() % 40, static_cast<char>(random() % 256));
      file.synced = file.bytes.size();
    }
  }

  [[nodiscard]] std::size_t count() const { return files_.size(); }
  [[nodiscard]] std::string& bytes(std::uint64_t segment) { return files_.at(segment).bytes; }

  Result<std::vector<std::uint64_t>> list() override {
    std::vector<std::uint64_t> out;
    for (const auto& [number, file] : files_) out.push_back(number);
    return out;
  }

  Result<std::string> read(std::uint64_t segment) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(segment);
    if (found == files_.end()) return broken("read");
    return found->second.bytes;
  }

  Result<void> create(std::uint64_t segment) override {
    const std::lock_guard lock(mutex_);
    if (failing()) return broken("create");
    if (!files_.try_emplace(segment).second) return broken("create twice");
    current_ = segment;
    return {};
  }

  Result<void> write(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    File& file = files_.at(current_);
    if (failing()) {
      file.bytes += bytes.substr(0, bytes.size() / 2);
      return broken("write");
    }
    file.bytes += bytes;
    return {};
  }

  Result<void> sync() override {
    const std::lock_guard lock(mutex_);
    File& file = files_.at(current_);
    const bool failing_now = failing() || failing_syncs_ > 0;
    failing_syncs_ -= failing_syncs_ > 0 ? 1 : 0;
    if (failing_now) {
      file.bytes.resize(file.synced);
      return broken("sync");
    }
    file.synced = file.bytes.size();
    return {};
  }

  Result<void> remove(std::uint64_t segment) override {
    const std::lock_guard lock(mutex_);
    if (failing()) return broken("remove");
    files_.erase(segment);
    return {};
  }

 private:
  struct File {
    std::string bytes;
    std::size_t synced = 0;
  };

  bool failing() {
    ++operations_;
    return operations_ >= fail_first_ && operations_ - fail_first_ < fail_count_;
  }
  static Failure broken(const char* what) { return base::fail(ErrorCode::kUnavailable, what); }

  std::mutex mutex_;  // reading beside the journal's thread; the rest is a test at rest
  std::map<std::uint64_t, File> files_;
  std::uint64_t current_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_first_ = UINT64_MAX;
  std::uint64_t fail_count_ = 0;
  std::uint64_t failing_syncs_ = 0;
};

// Files that the test keeps while journals come and go.
class SharedFiles final : public ledger::JournalFiles {
 public:
  explicit SharedFiles(FaultyFiles& files, std::latch* gate = nullptr) : files_(files), gate_(gate) {}
  Result<std::vector<std::uint64_t>> list() override { return files_.list(); }
  Result<std::string> read(std::uint64_t segment) override { return files_.read(segment); }
  Result<void> create(std::uint64_t segment) override { return files_.create(segment); }
  Result<void> write(std::string_view bytes) override {
    if (gate_ != nullptr) gate_->wait();
    return files_.write(bytes);
  }
  Result<void> sync() override { return files_.sync(); }
  Result<void> remove(std::uint64_t segment) override { return files_.remove(segment); }

 private:
  FaultyFiles& files_;
  std::latch* gate_;
};

// All that a journal's files tell, read as the program does at its start; a request once, as the store has it.
struct Told {
  ledger::JournalReplay replay;
  std::vector<ledger::JournalRecord> settled;
};

inline Told read_all(FaultyFiles& files) {
  ledger::JournalLog log(files, 1);
  Told out{.replay = log.replay().value_or(ledger::JournalReplay{}), .settled = {}};
  std::set<std::string> seen;
  std::uint64_t after = out.replay.acknowledged;
  while (true) {
    const auto piece = ledger::read_settled(files, log.marks(), after).value_or(std::vector<ledger::JournalRecord>{});
    if (piece.empty()) return out;
    after = piece.back().number;
    for (const ledger::JournalRecord& record : piece) {
      if (seen.insert(record.request_id).second) out.settled.push_back(record);
    }
  }
}

}  // namespace stargate::test
