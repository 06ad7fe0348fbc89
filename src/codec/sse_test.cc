#include "codec/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace stargate::codec::sse {
namespace {

// "name=data" of each event that the parts hold.
std::vector<std::string> events(std::initializer_list<std::string_view> parts) {
  Reader reader;
  std::vector<std::string> out;
  for (const std::string_view part : parts) {
    reader.feed(part);
    Event event;
    while (reader.next(event).value()) out.push_back(std::string(event.name) + "=" + std::string(event.data));
  }
  return out;
}

TEST(SseReader, UnderstandsAllOfTheFormAtEverySplitPoint) {
  const std::string_view bytes =
      "\xEF\xBB\xBF: comment\n\nevent: message_start\ndata: {\"a\":1}\n\ndata:x\rdata\rdata:  y\r\rid: 1\r\nretry: "
      "5\r\n"
      "event:e\r\ndata: z\r\n\r\nevent: lost\n\ndata\n\n:\ndata: [DONE]\n\ndata: not ended\n";
  const auto expected = testing::ElementsAre("message_start={\"a\":1}", "=x\n\n y", "e=z", "=", "=[DONE]");
  EXPECT_THAT(events({bytes}), expected);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    EXPECT_THAT(events({bytes.substr(0, split), bytes.substr(split)}), expected) << split;
  }
}

TEST(SseReader, ReadsByteByByte) {
  const std::string_view bytes = "event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n";
  Reader reader;
  std::vector<std::string> out;
  for (const char byte : bytes) {
    reader.feed({&byte, 1});
    Event event;
    if (reader.next(event).value()) out.push_back(std::string(event.name) + "=" + std::string(event.data));
  }
  EXPECT_THAT(out, testing::ElementsAre("a=1", "=2"));
}

TEST(SseReader, BoundsAnEvent) {
  const std::string line(1024 * 1024, 'x');
  Reader endless_line;
  Reader many_lines;
  Event event;
  bool refused_line = false;
  bool refused_lines = false;
  for (int i = 0; i < 20 && !(refused_line && refused_lines); ++i) {
    endless_line.feed(line);
    refused_line = refused_line || !endless_line.next(event);
    many_lines.feed("data: " + line + "\n");
    refused_lines = refused_lines || !many_lines.next(event);
  }
  EXPECT_TRUE(refused_line);
  EXPECT_TRUE(refused_lines);
}

TEST(SseWriter, WritesWhatTheReaderReads) {
  std::string out;
  append_event(out, "ping", "{}");
  append_event(out, "", "[DONE]");
  EXPECT_EQ(out, "event: ping\ndata: {}\n\ndata: [DONE]\n\n");
  EXPECT_THAT(events({out}), testing::ElementsAre("ping={}", "=[DONE]"));
}

}  // namespace
}  // namespace stargate::codec::sse
