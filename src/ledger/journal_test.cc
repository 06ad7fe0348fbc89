#include "ledger/journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/ledger/faulty_files.h"

namespace stargate::ledger {
namespace {

using test::FaultyFiles;
using test::SharedFiles;

JournalRecord record(RecordKind kind, std::string request) {
  JournalRecord out;
  out.kind = kind;
  out.request_id = std::move(request);
  out.amount = {5};
  return out;
}

JournalSettings quick() {
  JournalSettings out;
  out.segment_bytes = 4096;
  out.retry_interval = std::chrono::milliseconds(1);
  return out;
}

std::unique_ptr<Journal> opened(FaultyFiles& files, const JournalSettings& settings = quick(),
                                std::latch* gate = nullptr) {
  auto journal = Journal::open(std::make_unique<SharedFiles>(files, gate), settings);
  EXPECT_TRUE(journal);
  return std::move(*journal);
}

// Appends and waits until it has what it asked for.
Result<void> put(Journal& journal, JournalRecord what, Durability durability = Durability::kSynced) {
  std::promise<Result<void>> told;
  auto appended =
      journal.append(std::move(what), durability, [&](Result<void> outcome) { told.set_value(std::move(outcome)); });
  if (!appended) return std::unexpected(appended.error());
  return told.get_future().get();
}

TEST(Journal, WhatWasToldDurableIsThereInTheNextLife) {
  FaultyFiles files;
  {
    const auto journal = opened(files);
    EXPECT_TRUE(put(*journal, record(RecordKind::kHeld, "a")));
    EXPECT_TRUE(put(*journal, record(RecordKind::kHeld, "b")));
    EXPECT_TRUE(put(*journal, record(RecordKind::kSettled, "b"), Durability::kWritten));
    EXPECT_EQ(journal->status().open_holds, 1U);
    EXPECT_EQ(journal->status().last_number, 3U);
  }
  const auto journal = opened(files);
  const JournalReplay replay = journal->take_replay();
  const auto settled = journal->read_settled(replay.acknowledged);
  ASSERT_EQ(settled->size(), 1U);
  EXPECT_EQ(settled->at(0).request_id, "b");
  ASSERT_EQ(replay.unsettled.size(), 1U);
  EXPECT_EQ(replay.unsettled[0].request_id, "a");
  EXPECT_EQ(journal->append(record(RecordKind::kSettled, "a"), Durability::kSynced), 4U);
}

TEST(Journal, DestroyingItWritesWhatIsQueued) {
  FaultyFiles files;
  {
    const auto journal = opened(files);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(journal->append(record(RecordKind::kSettled, std::to_string(i)), Durability::kWritten));
    }
  }
  std::mt19937_64 random(1);
  files.crash(random);
  EXPECT_EQ(test::read_all(files).settled.size(), 100U);
}

TEST(Journal, WhatGathersDuringAWriteIsOneGroup) {
  FaultyFiles files;
  std::latch gate(1);
  const auto journal = opened(files, quick(), &gate);
  std::promise<Result<void>> last;
  for (int i = 0; i < 50; ++i) {
    Journal::Done done;
    if (i == 49) done = [&](Result<void> outcome) { last.set_value(std::move(outcome)); };
    ASSERT_TRUE(journal->append(record(RecordKind::kSettled, std::to_string(i)), Durability::kSynced, std::move(done)));
  }
  gate.count_down();
  EXPECT_TRUE(last.get_future().get());
  EXPECT_LE(journal->status().groups, 2U);  // the first alone or with others, then all the rest
  EXPECT_LE(journal->status().syncs, 2U);
}

TEST(Journal, AFullOneRefusesHoldsAndNeverAnEnd) {
  FaultyFiles files;
  JournalSettings settings = quick();
  settings.total_bytes = 8 * kRecordBytesMax;
  const auto journal = opened(files, settings);
  int held = 0;
  Result<void> outcome;
  while ((outcome = put(*journal, record(RecordKind::kHeld, std::to_string(held))))) ++held;
  EXPECT_EQ(held, 7);  // each keeps room for its end
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(outcome.error().message.find("full"), std::string::npos);
  for (int i = 0; i < held; ++i) {
    JournalRecord end = record(RecordKind::kSettled, std::to_string(i));
    end.row.assign(kRecordBytesMax - 50, 'x');  // as large as an end may be
    EXPECT_TRUE(put(*journal, std::move(end)));
  }
  EXPECT_FALSE(put(*journal, record(RecordKind::kHeld, "more")));
  EXPECT_LE(journal->status().bytes, settings.total_bytes);
  EXPECT_EQ(journal->status().refused, 2U);

  journal->acknowledge(journal->status().last_number);
  while (!put(*journal, record(RecordKind::kHeld, "more"))) {  // the thread works at it
  }
  EXPECT_LT(journal->status().bytes, 2 * kRecordBytesMax);
}

TEST(Journal, WhatTheStoreLacksIsReadWhileMoreIsWritten) {
  FaultyFiles files;
  const auto journal = opened(files);
  std::thread writer([&] {
    for (int i = 0; i < 500; ++i)
      (void)journal->append(record(RecordKind::kSettled, std::to_string(i)), Durability::kWritten);
  });
  std::vector<std::string> names;
  std::uint64_t after = 0;
  while (names.size() < 500) {
    const auto piece = journal->read_settled(after);
    ASSERT_TRUE(piece);
    for (const JournalRecord& one : *piece) names.push_back(one.request_id);
    if (!piece->empty()) after = piece->back().number;
  }
  writer.join();
  for (int i = 0; i < 500; ++i) ASSERT_EQ(names[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST(Journal, ADiskThatFailsIsToldAndTriedAgain) {
  FaultyFiles files;
  const auto journal = opened(files);
  ASSERT_TRUE(put(*journal, record(RecordKind::kHeld, "a")));
  files.fail(files.operations() + 1, 12);  // the thread is at rest: it has told of its last work
  EXPECT_EQ(put(*journal, record(RecordKind::kSettled, "a")).error().code, ErrorCode::kUnavailable);
  // Its hold was taken, so its end was kept; holds come again when the disk does.
  Result<void> outcome;
  while (!(outcome = put(*journal, record(RecordKind::kHeld, "b")))) {
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(journal->status().failing, "");
  EXPECT_EQ(journal->read_settled(0)->size(), 1U);
}

TEST(Journal, RefusesWhatNoRecordCanHold) {
  FaultyFiles files;
  JournalRecord large = record(RecordKind::kSettled, "a");
  large.row.assign(kRecordBytesMax, 'x');
  const auto outcome = opened(files)->append(std::move(large), Durability::kSynced);
  EXPECT_EQ(outcome.error().code, ErrorCode::kTooLarge);
}

// Real files in a directory of the test's own.
class JournalFilesTest : public testing::Test {
 protected:
  JournalFilesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "stargate-journal-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern + "/journal";
    root_ = pattern;
  }
  ~JournalFilesTest() override { std::filesystem::remove_all(root_); }

  std::string root_;
  std::string directory_;
};

TEST_F(JournalFilesTest, KeepsRecordsOverLivesAndRemovesWhatIsAcknowledged) {
  {
    auto journal = *Journal::open(*open_journal_files(directory_), quick());
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(put(*journal, record(RecordKind::kSettled, std::to_string(i)), Durability::kWritten));
    }
    EXPECT_GT(journal->status().segments, 1U);
  }
  {
    auto journal = *Journal::open(*open_journal_files(directory_), quick());
    std::size_t settled = 0;
    std::uint64_t after = 0;
    for (auto piece = journal->read_settled(0); !piece->empty(); piece = journal->read_settled(after)) {
      settled += piece->size();
      after = piece->back().number;
    }
    EXPECT_EQ(settled, 200U);
    EXPECT_EQ(after, 200U);
    journal->acknowledge(200);
    ASSERT_TRUE(put(*journal, record(RecordKind::kHeld, "x")));
  }
  auto journal = *Journal::open(*open_journal_files(directory_), quick());
  const JournalReplay replay = journal->take_replay();
  EXPECT_EQ(replay.settled_last, 0U);
  EXPECT_TRUE(journal->read_settled(replay.acknowledged)->empty());
  EXPECT_EQ(replay.unsettled.size(), 1U);
  EXPECT_TRUE(replay.damage.empty());
}

TEST_F(JournalFilesTest, ADirectoryBelongsToOneProcess) {
  auto first = open_journal_files(directory_);
  ASSERT_TRUE(first);
  EXPECT_EQ(open_journal_files(directory_).error().code, ErrorCode::kConflict);
  first->reset();
  EXPECT_TRUE(open_journal_files(directory_));
}

TEST_F(JournalFilesTest, FilesAreTheOwnersAlone) {
  auto files = *open_journal_files(directory_);
  ASSERT_TRUE(files->create(1));
  EXPECT_FALSE(files->create(1));
  ASSERT_TRUE(files->write("abc"));
  ASSERT_TRUE(files->sync());
  std::ofstream(directory_ + "/notes.txt") << "no segment";
  EXPECT_EQ(files->list(), std::vector<std::uint64_t>{1});
  EXPECT_EQ(files->read(1), "abc");
  const auto mode = std::filesystem::status(directory_ + "/0000000000000001.journal").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_FALSE(files->read(2));
  EXPECT_TRUE(files->remove(1));
  EXPECT_TRUE(files->remove(1));
}

TEST_F(JournalFilesTest, APlaceThatCannotBeIsAnErrorWithItsReason) {
  const auto files = open_journal_files("/proc/nowhere/journal");
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(files.error().message.find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace stargate::ledger
