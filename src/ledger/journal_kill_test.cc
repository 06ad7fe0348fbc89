// kill -9 at random instants: what the journal told as written is there in the next life, once. Journal and disk are
// real; the process that dies is a child of the test.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ledger/journal.h"
#include "tests/support/seed.h"

namespace stargate::ledger {
namespace {

constexpr std::uint64_t kNever = 1'000'000;
constexpr std::uint64_t kWindow = 32;

JournalSettings settings() {
  JournalSettings out;
  out.segment_bytes = 16'384;
  return out;
}

JournalRecord record(RecordKind kind, const std::string& request, std::int64_t amount) {
  JournalRecord out;
  out.kind = kind;
  out.request_id = request;
  out.amount = {amount};
  return out;
}

// The child: holds and settles as fast as it can, and says which settlements it was told are written. Ends only by
// force.
[[noreturn]] void serve(const std::string& directory, int life, int told) {
  auto files = open_journal_files(directory);
  if (!files) ::_exit(2);
  auto journal = Journal::open(std::move(*files), settings());
  if (!journal) ::_exit(3);
  for (std::uint64_t i = 0; i < kNever; ++i) {
    const std::string request = std::to_string(life) + "-" + std::to_string(i);
    (void)(*journal)->append(record(RecordKind::kHeld, request, 9), Durability::kWritten);
    std::promise<void> done;
    std::promise<void>* const waited =
        i % kWindow == 0 ? &done : nullptr;  // so that the queue does not outgrow the disk
    const auto say = [told, i, waited](const Result<void>& outcome) {
      if (outcome && ::write(told, &i, sizeof(i)) != sizeof(i)) ::_exit(4);
      if (waited != nullptr) waited->set_value();
    };
    (void)(*journal)->append(record(RecordKind::kSettled, request, static_cast<std::int64_t>(i)), Durability::kWritten,
                             say);
    if (waited != nullptr) done.get_future().wait();
  }
  ::_exit(5);
}

// Lets a child live until it has told `count` settlements; returns all that it told before it died.
std::vector<std::uint64_t> live_and_die(const std::string& directory, int life, std::uint64_t count) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    serve(directory, life, ends[1]);
  }
  ::close(ends[1]);
  std::vector<std::uint64_t> told;
  std::uint64_t number = 0;
  while (::read(ends[0], &number, sizeof(number)) == static_cast<ssize_t>(sizeof(number))) {
    told.push_back(number);
    if (told.size() == count) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  return told;
}

TEST(JournalKill, NothingThatWasToldIsLost) {
  const std::uint64_t seed = test::seed();
  SCOPED_TRACE("STARGATE_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::string root = (std::filesystem::temp_directory_path() / "stargate-kill-XXXXXX").string();
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  const std::string directory = root + "/journal";
  std::map<std::string, std::int64_t> told;
  for (int life = 0; life < 20; ++life) {
    for (const std::uint64_t number : live_and_die(directory, life, 1 + random() % 800)) {
      told[std::to_string(life) + "-" + std::to_string(number)] = static_cast<std::int64_t>(number);
    }
    auto journal = Journal::open(*open_journal_files(directory), settings());
    ASSERT_TRUE(journal);
    std::set<std::string> settled;
    std::uint64_t after = 0;
    for (auto piece = (*journal)->read_settled(0); !piece->empty(); piece = (*journal)->read_settled(after)) {
      for (const JournalRecord& one : *piece) {
        ASSERT_TRUE(settled.insert(one.request_id).second) << one.request_id;
        if (told.contains(one.request_id)) {
          EXPECT_EQ(one.amount.value, told[one.request_id]);
        }
      }
      after = piece->back().number;
    }
    for (const auto& [request, amount] : told) ASSERT_TRUE(settled.contains(request)) << request;
    for (const JournalRecord& one : (*journal)->take_replay().unsettled) ASSERT_FALSE(settled.contains(one.request_id));
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace stargate::ledger
