#include "ledger/journal_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/ledger/faulty_files.h"

namespace stargate::ledger {
namespace {

using test::FaultyFiles;

constexpr std::uint64_t kSegmentBytes = 600;  // a handful of records

JournalEntry entry(RecordKind kind, std::uint64_t number, const std::string& request, std::int64_t amount = 0) {
  JournalRecord record;
  record.kind = kind;
  record.number = number;
  record.request_id = request;
  record.amount = {amount};
  if (kind == RecordKind::kAcknowledged) record.through = static_cast<std::uint64_t>(amount);
  record.parts = {{{policy::account::ScopeKind::kKey, "k1"}, WallTime{}}};
  JournalEntry out{.kind = kind, .number = number, .request_id = request};
  EXPECT_TRUE(append_frame(out.frame, record));
  return out;
}

JournalEntry held(std::uint64_t number, const std::string& request) {
  return entry(RecordKind::kHeld, number, request, 9);
}
JournalEntry settled(std::uint64_t number, const std::string& request) {
  return entry(RecordKind::kSettled, number, request, 5);
}
JournalEntry voided(std::uint64_t number, const std::string& request) {
  return entry(RecordKind::kVoided, number, request);
}

Result<void> put(JournalLog& log, std::vector<JournalEntry> entries) {
  if (auto written = log.write(entries); !written) return written;
  return log.sync();
}

Result<void> acknowledge(JournalLog& log, std::uint64_t through, std::uint64_t number) {
  return log.acknowledge(through, entry(RecordKind::kAcknowledged, number, "", static_cast<std::int64_t>(through)));
}

std::vector<std::string> requests(const std::vector<JournalRecord>& records) {
  std::vector<std::string> out;
  for (const JournalRecord& record : records) out.push_back(record.request_id);
  return out;
}

using Names = std::vector<std::string>;

TEST(JournalLog, TellsWhatIsSettledAndWhatIsNot) {
  FaultyFiles files;
  JournalLog log(files, kSegmentBytes);
  EXPECT_EQ(log.replay()->next_number, 1U);
  ASSERT_TRUE(put(log, {held(1, "a"), held(2, "b"), held(3, "c"), settled(4, "b"), voided(5, "c")}));
  const test::Told told = test::read_all(files);
  EXPECT_EQ(requests(told.settled), Names{"b"});
  EXPECT_EQ(told.settled[0].amount, base::NanoUsd{5});
  EXPECT_EQ(requests(told.replay.unsettled), Names{"a"});
  EXPECT_EQ(told.replay.next_number, 6U);
  EXPECT_TRUE(told.replay.damage.empty());
}

TEST(JournalLog, ARequestIsToldOnceHoweverOftenItWasWritten) {
  FaultyFiles files;
  JournalLog log(files, kSegmentBytes);
  ASSERT_TRUE(log.replay());
  ASSERT_TRUE(put(log, {held(1, "a"), settled(2, "a"), settled(3, "a"), settled(2, "a")}));
  const test::Told told = test::read_all(files);
  EXPECT_EQ(requests(told.settled), Names{"a"});
  EXPECT_EQ(told.settled[0].number, 2U);
}

TEST(JournalLog, AcknowledgedSegmentsGoAndOpenHoldsStay) {
  FaultyFiles files;
  JournalLog log(files, kSegmentBytes);
  ASSERT_TRUE(log.replay());
  ASSERT_TRUE(put(log, {held(1, "long")}));
  std::uint64_t number = 1;
  for (int i = 0; i < 50; ++i) {
    const std::string request = "r" + std::to_string(i);
    ASSERT_TRUE(put(log, {held(number + 1, request), settled(number + 2, request)}));
    number += 2;
  }
  const std::size_t before = files.count();
  EXPECT_GT(before, 10U);
  ASSERT_TRUE(acknowledge(log, number - 2, number + 1));  // all but the last
  EXPECT_LE(files.count(), 2U);
  EXPECT_EQ(log.segments(), files.count());
  const test::Told told = test::read_all(files);
  EXPECT_EQ(requests(told.settled), Names{"r49"});
  EXPECT_EQ(requests(told.replay.unsettled), Names{"long"});
  EXPECT_EQ(told.replay.acknowledged, number - 2);
}

TEST(JournalLog, UnsettledHoldsOutliveRestartsUntilTheyAreEnded) {
  FaultyFiles files;
  std::uint64_t number = 0;
  {
    JournalLog log(files, kSegmentBytes);
    ASSERT_TRUE(log.replay());
    ASSERT_TRUE(put(log, {held(++number, "lost")}));
  }
  for (int life = 0; life < 3; ++life) {
    JournalLog log(files, kSegmentBytes);
    const auto replay = log.replay();
    EXPECT_EQ(requests(replay->unsettled), Names{"lost"});
    ASSERT_TRUE(put(log, {settled(++number, "life" + std::to_string(life))}));
    ++number;
    ASSERT_TRUE(acknowledge(log, number - 1, number));
    EXPECT_EQ(files.count(), 1U);
  }
  JournalLog log(files, kSegmentBytes);
  ASSERT_TRUE(log.replay());
  ASSERT_TRUE(put(log, {settled(++number, "lost")}));
  const test::Told told = test::read_all(files);
  EXPECT_TRUE(told.replay.unsettled.empty());
  EXPECT_EQ(requests(told.settled), Names{"lost"});
}

TEST(JournalLog, DamageIsToldAndEndsItsSegmentOnly) {
  FaultyFiles files;
  JournalLog log(files, kSegmentBytes);
  ASSERT_TRUE(log.replay());
  for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(put(log, {settled(i, "r" + std::to_string(i))}));
  const std::size_t whole = test::read_all(files).settled.size();
  files.bytes(1).back() = static_cast<char>(~files.bytes(1).back());
  const test::Told told = test::read_all(files);
  EXPECT_EQ(whole, 20U);
  EXPECT_EQ(told.settled.size(), 19U);
  ASSERT_EQ(told.replay.damage.size(), 1U);
  EXPECT_EQ(told.replay.damage[0].segment, 1U);
  EXPECT_GT(told.replay.damage[0].lost_bytes, 0U);
}

TEST(JournalLog, ADiskWhoseSyncsFailForLongIsNotFilled) {
  FaultyFiles files;
  JournalLog log(files, kSegmentBytes);
  ASSERT_TRUE(log.replay());
  ASSERT_TRUE(put(log, {settled(1, "before")}));
  files.fail_syncs(200);
  std::uint64_t number = 1;
  while (!put(log, {settled(number + 1, "r" + std::to_string(number + 1))})) ++number;
  EXPECT_GT(number, 50U);
  EXPECT_LE(files.count(), 3U);
  EXPECT_EQ(log.segments(), files.count());
  std::mt19937_64 random(1);
  files.crash(random);
  EXPECT_EQ(test::read_all(files).settled.size(), number + 1);
}

// Ten requests against a disk whose n-th operation fails, once or for good, for every n: whatever was acknowledged as
// durable is there after a crash, nothing is told twice, and a disk that works again is used again.
class EveryOperation : public testing::TestWithParam<std::uint64_t> {};

struct Outcome {
  std::set<std::string> durable;  // settled, and sync said so
  std::uint64_t operations = 0;
};

Outcome run_requests(FaultyFiles& files) {
  Outcome out;
  JournalLog log(files, kSegmentBytes);
  EXPECT_TRUE(log.replay());
  std::uint64_t number = 0;
  std::vector<JournalEntry> waiting;  // given again until they are written, as the journal's thread does
  for (int i = 0; i < 15; ++i) {
    if (i < 10) {
      const std::string request = "r" + std::to_string(i);
      waiting.push_back(held(++number, request));
      waiting.push_back(settled(++number, request));
    }
    if (!log.write(waiting)) continue;
    waiting.clear();
    if (!log.sync()) continue;
    for (int done = 0; done <= std::min(i, 9); ++done) out.durable.insert("r" + std::to_string(done));
  }
  out.operations = files.operations();
  return out;
}

TEST_P(EveryOperation, LosesNothingThatWasDurable) {
  FaultyFiles sound;
  const std::uint64_t operations = run_requests(sound).operations;
  std::mt19937_64 random(1);
  for (std::uint64_t n = 1; n <= operations; ++n) {
    SCOPED_TRACE("operation " + std::to_string(n) + ", " + std::to_string(GetParam()) + " times");
    FaultyFiles files;
    files.fail(n, GetParam());
    const Outcome outcome = run_requests(files);
    if (GetParam() < 5) {
      EXPECT_EQ(outcome.durable.size(), 10U);
    }
    files.fail(UINT64_MAX);
    files.crash(random);
    const test::Told told = test::read_all(files);
    const std::vector<std::string> names = requests(told.settled);
    const std::set<std::string> once(names.begin(), names.end());
    EXPECT_EQ(once.size(), names.size());
    for (const std::string& request : outcome.durable) EXPECT_TRUE(once.contains(request)) << request;
  }
}

INSTANTIATE_TEST_SUITE_P(JournalLog, EveryOperation, testing::Values(1, 2, 3, 1'000'000));

TEST(JournalLog, AnAcknowledgementThatFailsLosesNoOpenHold) {
  for (std::uint64_t n = 1; n <= 60; ++n) {
    for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1000}}) {
      SCOPED_TRACE("operation " + std::to_string(n));
      FaultyFiles files;
      JournalLog log(files, kSegmentBytes);
      ASSERT_TRUE(log.replay());
      ASSERT_TRUE(put(log, {held(1, "long")}));
      for (std::uint64_t i = 2; i < 20; ++i) ASSERT_TRUE(put(log, {settled(i, "r" + std::to_string(i))}));
      files.fail(files.operations() + n, count);
      (void)acknowledge(log, 19, 20);
      (void)acknowledge(log, 19, 21);
      files.fail(UINT64_MAX);
      std::mt19937_64 random(n);
      files.crash(random);
      EXPECT_EQ(requests(test::read_all(files).replay.unsettled), Names{"long"});
    }
  }
}

}  // namespace
}  // namespace stargate::ledger
