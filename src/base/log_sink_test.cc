#include "base/log_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"

namespace stargate::base {
namespace {

// A pipe whose reader reads when told to.
struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends.data()), 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  // Until `bytes` have come, or `mark` has.
  std::string read_until(std::string_view mark) const {
    std::string all;
    std::array<char, 4096> room;
    while (all.find(mark) == std::string::npos) {
      const ssize_t got = ::read(ends[0], room.data(), room.size());
      if (got <= 0) break;
      all.append(room.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
  std::array<int, 2> ends{};
};

TEST(LogSink, LinesOfSeveralThreadsArriveWhole) {
  const Pipe pipe;
  std::string all;
  std::thread reader([&] { all = pipe.read_until("the end\n"); });
  {
    LogSink sink(pipe.ends[1]);
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 4; ++writer) {
      writers.emplace_back([&sink, writer] {
        const std::string line = std::string(100, static_cast<char>('a' + writer)) + "\n";
        for (int i = 0; i < 500; ++i) sink.add(line);
      });
    }
    for (std::thread& writer : writers) writer.join();
    sink.add("the end\n");
  }  // nothing is lost at the end
  reader.join();
  std::size_t lines = 0;
  for (std::size_t at = 0; at < all.size(); ++lines) {
    const std::size_t end = all.find('\n', at);
    const std::string line = all.substr(at, end - at);
    EXPECT_EQ(line.find_first_not_of(line.substr(0, 1)), line == "the end" ? 1 : std::string::npos) << line;
    at = end + 1;
  }
  EXPECT_EQ(lines, 2001U);
}

TEST(LogSink, AReaderThatStopsHoldsNobodyUpAndWhatIsLostIsTold) {
  const Pipe pipe;
  constexpr std::size_t kQueueBytes = 16 * 1024;
  LogSink sink(pipe.ends[1], kQueueBytes);
  const Log log(sink, LogForm::kJson, LogLevel::kInfo);
  const std::string text(1000, 'x');
  for (int i = 0; i < 1000; ++i) log.info("spam", {{"text", text}});  // a megabyte; pipe and queue hold some 80 KB
  std::string all;
  // The reader is back: room comes, and the next line says how many went before it.
  while (all.find("log.dropped") == std::string::npos) {
    log.info("ping");
    all += pipe.read_until("\n");
  }
  EXPECT_NE(all.find(R"("event":"log.dropped","lines":)"), std::string::npos);
}

TEST(LogSink, AStopDoesNotWaitForAReaderThatIsGone) {
  const Pipe pipe;
  const int flags = ::fcntl(pipe.ends[1], F_GETFL);
  ASSERT_EQ(::fcntl(pipe.ends[1], F_SETFL, flags | O_NONBLOCK), 0);
  const std::string fill(4096, 'x');
  while (::write(pipe.ends[1], fill.data(), fill.size()) > 0) {
  }
  ASSERT_EQ(::fcntl(pipe.ends[1], F_SETFL, flags), 0);
  LogSink sink(pipe.ends[1]);
  sink.add("nobody reads this\n");
}

}  // namespace
}  // namespace stargate::base
