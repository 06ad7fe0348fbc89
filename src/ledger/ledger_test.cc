#include "ledger/ledger.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/ledger/faulty_files.h"

namespace stargate::ledger {
namespace {

using base::NanoUsd;
using policy::account::Scope;
using policy::account::ScopeKind;

constexpr WallTime kNow{std::chrono::seconds(1'764'072'000)};
const Scope kKey{ScopeKind::kKey, "k1"};

policy::HoldPlan whole(std::int64_t worst) {
  policy::HoldPlan plan;
  plan.input = {worst * base::kPicoUsdPerNanoUsd};
  plan.worst = plan.least = plan.expected = {worst};
  return plan;
}

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    BudgetTerms terms;
    terms.limit = NanoUsd{100};
    terms.shown = "ci";
    book_.open(kKey, terms, std::nullopt, kNow);
    set_ = *book_.resolve(std::vector{kKey});
  }

  Result<Reservation> reserve(std::int64_t worst, std::string request) {
    return ledger_.reserve(set_, whole(worst), std::move(request), "who", kNow);
  }
  std::pair<std::int64_t, std::int64_t> figures() {
    const auto found = book_.figures(kKey, kNow);
    return {found->spent.value, found->held.value};
  }

  Book book_{cctz::utc_time_zone()};
  std::vector<JournalRecord> journal_;
  bool full_ = false;
  Ledger ledger_{book_, [this](JournalRecord record, Durability, Journal::Done) -> Result<std::uint64_t> {
                   if (full_ && record.kind == RecordKind::kHeld) return base::fail(ErrorCode::kUnavailable, "full");
                   journal_.push_back(std::move(record));
                   return journal_.size();
                 }};
  BudgetSet set_;
};

using Figures = std::pair<std::int64_t, std::int64_t>;

TEST_F(LedgerTest, AHoldAndItsEndStandInBookAndJournal) {
  auto reservation = reserve(60, "r1");
  ASSERT_TRUE(reservation);
  EXPECT_EQ(figures(), Figures(0, 60));
  ledger_.settle(std::move(*reservation), {.cost = {25}, .row = "row"});
  EXPECT_EQ(figures(), Figures(25, 0));
  ASSERT_EQ(journal_.size(), 2U);
  EXPECT_EQ(journal_[0].kind, RecordKind::kHeld);
  EXPECT_EQ(journal_[0].amount, NanoUsd{60});
  EXPECT_EQ(journal_[0].row, "who");
  EXPECT_EQ(journal_[1].kind, RecordKind::kSettled);
  EXPECT_EQ(journal_[1].request_id, "r1");
  EXPECT_EQ(journal_[1].amount, NanoUsd{25});
  EXPECT_EQ(journal_[1].parts, journal_[0].parts);
  EXPECT_EQ(journal_[1].row, "row");
  EXPECT_FALSE(journal_[1].estimated);
}

TEST_F(LedgerTest, WhatIsDroppedEndsAllTheSame) {
  {
    auto unsent = reserve(60, "r1");
  }
  EXPECT_EQ(journal_.back().kind, RecordKind::kVoided);
  EXPECT_EQ(figures(), Figures(0, 0));
  {
    auto sent = reserve(60, "r2");
    sent->mark_dispatched();
    const Reservation moved = std::move(*sent);
  }
  EXPECT_EQ(journal_.back().kind, RecordKind::kSettled);
  EXPECT_TRUE(journal_.back().estimated);
  EXPECT_EQ(journal_.back().amount, NanoUsd{60});
  EXPECT_EQ(figures(), Figures(60, 0));
  EXPECT_EQ(journal_.size(), 4U);
}

TEST_F(LedgerTest, EndsOnceHoweverOftenItIsAsked) {
  auto reservation = reserve(60, "r1");
  ledger_.settle(std::move(*reservation), {.cost = {10}});
  ledger_.settle(std::move(*reservation), {.cost = {10}});
  ledger_.void_reservation(std::move(*reservation));
  EXPECT_EQ(journal_.size(), 2U);
  EXPECT_EQ(figures(), Figures(10, 0));
}

TEST_F(LedgerTest, ARefusalNamesTheBudgetAndLeavesNothingBehind) {
  const auto refused = reserve(101, "r1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().type, "budget_exceeded");
  EXPECT_NE(refused.error().message.find("Key=ci"), std::string::npos);
  EXPECT_TRUE(journal_.empty());
}

TEST_F(LedgerTest, AHoldThatTheJournalDoesNotTakeIsGivenBack) {
  full_ = true;
  EXPECT_EQ(reserve(60, "r1").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(figures(), Figures(0, 0));
  full_ = false;
  EXPECT_EQ(reserve(60, std::string(300, 'r')).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(figures(), Figures(0, 0));
}

TEST_F(LedgerTest, ARowThatIsTooLargeDoesNotTakeTheMoneyWithIt) {
  auto reservation = reserve(60, "r1");
  ledger_.settle(std::move(*reservation), {.cost = {-7}, .row = std::string(kRowBytesMax + 1, 'x')});
  EXPECT_EQ(journal_.back().kind, RecordKind::kSettled);
  EXPECT_EQ(journal_.back().row, "");
  EXPECT_EQ(journal_.back().amount, NanoUsd{0});  // nothing is ever a credit
}

// Eight cores, one book, one journal: what the journal tells in its next life is what the book says now.
TEST(LedgerThreads, BookAndJournalAgreeWhoeverComesFirst) {
  constexpr int kThreads = 8;
  constexpr int kRequestsEach = 200;
  test::FaultyFiles files;
  Book book(cctz::utc_time_zone());
  BudgetTerms terms;
  terms.limit = NanoUsd{100'000};
  book.open(kKey, terms, std::nullopt, kNow);
  const auto set = *book.resolve(std::vector{kKey});
  {
    auto journal = *Journal::open(std::make_unique<test::SharedFiles>(files), {.segment_bytes = 8'000});
    Ledger ledger(book, [&](JournalRecord record, Durability durability, Journal::Done done) {
      return journal->append(std::move(record), durability, std::move(done));
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        std::vector<Reservation> open;
        for (int call = 0; call < kRequestsEach; ++call) {
          auto reserved = ledger.reserve(set, whole(1'000), std::to_string(i) + "-" + std::to_string(call), "", kNow);
          if (!reserved) continue;
          reserved->mark_dispatched();
          open.push_back(std::move(*reserved));
          if (call % 3 == 0) {
            ledger.settle(std::move(open.back()), {.cost = {call}});
            open.pop_back();
          } else if (call % 3 == 1) {
            ledger.void_reservation(std::move(open.front()));
            open.erase(open.begin());
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const auto figures = book.figures(kKey, kNow);
  EXPECT_LE(figures->spent, *terms.limit);
  EXPECT_EQ(figures->held, NanoUsd{0});
  EXPECT_EQ(book.counts().in_flight(), 0U);
  const test::Told told = test::read_all(files);
  NanoUsd sum;
  for (const JournalRecord& record : told.settled) sum += record.amount;
  EXPECT_EQ(sum, figures->spent);
  EXPECT_EQ(told.settled.size(), book.counts().settled);
  EXPECT_TRUE(told.replay.unsettled.empty());
}

TEST(LedgerBounds, TheLargestRecordFitsItsFrame) {
  JournalRecord record;
  record.request_id.assign(kRequestIdBytesMax, 'r');
  record.row.assign(kRowBytesMax, 'x');
  for (std::size_t i = 0; i < kBudgetsPerHoldMax; ++i) {
    record.parts.push_back({{ScopeKind::kTag, std::string(kBudgetIdBytesMax, 't')}, kNow});
  }
  std::string bytes;
  EXPECT_TRUE(append_frame(bytes, record));
}

}  // namespace
}  // namespace stargate::ledger
