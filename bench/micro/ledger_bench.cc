// What the money costs a request: a hold on eight budgets and its settlement, alone and with other cores at the same
// book; a record handed to the journal, and how many records a second its thread commits to a real file.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ledger/book.h"
#include "ledger/journal.h"
#include "ledger/journal_files.h"
#include "policy/hold.h"

namespace {

using namespace stargate;
using policy::account::Scope;
using policy::account::ScopeKind;

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};

std::vector<Scope> eight(int core) {
  const std::string own = std::to_string(core);
  return {{ScopeKind::kKey, "k" + own},
          {ScopeKind::kUser, "u" + own},
          {ScopeKind::kTeam, "t"},
          {ScopeKind::kMember, "t", "u" + own},
          {ScopeKind::kOrganization, "o"},
          {ScopeKind::kTag, "tag"},
          {ScopeKind::kKey, "k" + own, "", "claude-opus-4-6"},
          {ScopeKind::kGlobal, ""}};
}

std::unique_ptr<policy::Deployment> opus() {
  auto model = std::make_unique<policy::Deployment>();
  policy::Price& price = model->price.emplace();
  price.input = {5'000'000};
  price.output = {25'000'000};
  model->max_output_tokens = 128'000;
  return model;
}

policy::HoldPlan plan_for(const policy::Deployment& model) {
  const std::array<const policy::Deployment*, 1> candidates = {&model};
  return *policy::plan_hold(candidates, {.input_tokens = 20'000, .max_output_tokens = 128'000}, {});
}

void plan_hold(benchmark::State& state) {
  const auto model = opus();
  for (auto _ : state) benchmark::DoNotOptimize(plan_for(*model));
}
BENCHMARK(plan_hold)->Name("ledger/plan_hold");

std::unique_ptr<ledger::Book> book;

void open_book(const benchmark::State& /*state*/) {
  book = std::make_unique<ledger::Book>(cctz::utc_time_zone());
  for (int core = 0; core < 8; ++core) {
    for (const Scope& key : eight(core)) {
      ledger::BudgetTerms terms;
      terms.limit = base::NanoUsd{1'000'000'000'000'000};
      terms.period = *policy::parse_budget_duration("1mo");
      terms.anchor = kNow;
      book->open(key, terms, std::nullopt, kNow);
    }
  }
}

void hold_and_settle(benchmark::State& state) {
  const ledger::BudgetSet set = *book->resolve(eight(state.thread_index()));
  const policy::HoldPlan plan = plan_for(*opus());
  for (auto _ : state) {
    auto granted = book->hold(set, plan, kNow);
    granted->hold.mark_dispatched();
    benchmark::DoNotOptimize(book->settle(std::move(granted->hold), {1'000}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold_and_settle)->Name("ledger/hold_and_settle")->Setup(open_book)->Threads(1)->Threads(2)->UseRealTime();

ledger::JournalRecord record(std::uint64_t number) {
  ledger::JournalRecord out;
  out.kind = ledger::RecordKind::kSettled;
  out.request_id = "req-" + std::to_string(number);
  out.amount = {1'000};
  for (Scope& key : eight(0)) out.parts.push_back({std::move(key), kNow});
  out.row.assign(400, 'r');
  return out;
}

// A directory on a real disk, gone at the end.
class Place {
 public:
  Place() : path_((std::filesystem::current_path() / "ledger-bench-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Place() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string journal() const { return path_ + "/journal"; }

 private:
  std::string path_;
};

// What append() costs the caller, while the thread keeps up.
void journal_append(benchmark::State& state) {
  const Place place;
  const auto durability = state.range(0) == 0 ? ledger::Durability::kWritten : ledger::Durability::kSynced;
  auto journal = *ledger::Journal::open(*ledger::open_journal_files(place.journal()), {.total_bytes = 1ULL << 40});
  std::uint64_t number = 0;
  constexpr int kGroup = 64;
  for (auto _ : state) {
    std::promise<void> told;
    for (int i = 1; i < kGroup; ++i) benchmark::DoNotOptimize(journal->append(record(++number), durability));
    (void)journal->append(record(++number), durability, [&](const Result<void>&) { told.set_value(); });
    told.get_future().wait();
    if (number % 65'536 == 0) journal->acknowledge(number);
  }
  state.SetItemsProcessed(state.iterations() * kGroup);
  state.counters["records/sync"] = static_cast<double>(number) / static_cast<double>(journal->status().syncs + 1);
}
BENCHMARK(journal_append)->Name("ledger/journal_64_records")->Arg(0)->Arg(1)->ArgName("synced")->UseRealTime();

// From append() to `done` for one record alone: what a request waits for before dispatch, and what a disk's sync takes.
void journal_one(benchmark::State& state) {
  const Place place;
  const auto durability = state.range(0) == 0 ? ledger::Durability::kWritten : ledger::Durability::kSynced;
  auto journal = *ledger::Journal::open(*ledger::open_journal_files(place.journal()), {.total_bytes = 1ULL << 40});
  std::uint64_t number = 0;
  for (auto _ : state) {
    std::promise<void> told;
    (void)journal->append(record(++number), durability, [&](const Result<void>&) { told.set_value(); });
    told.get_future().wait();
  }
}
BENCHMARK(journal_one)->Name("ledger/journal_one_record")->Arg(0)->Arg(1)->ArgName("synced")->UseRealTime();

void encode(benchmark::State& state) {
  const ledger::JournalRecord one = record(1);
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(ledger::append_frame(out, one).has_value());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(encode)->Name("ledger/encode_record");

}  // namespace
