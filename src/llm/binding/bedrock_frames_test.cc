// FrameReader (bedrock_frames.cc).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/event_stream.h"
#include "codec/hash.h"
#include "llm/lane/lane.h"

namespace stargate::llm {
namespace {

using codec::event_stream::append_frame;
using codec::event_stream::Header;

std::vector<Header> chunk_headers() {
  return {{":event-type", std::string_view("chunk")}, {":message-type", std::string_view("event")}};
}

Result<std::vector<std::string>> read_all(std::string_view bytes) {
  FrameReader frames;
  frames.feed(bytes);
  std::vector<std::string> payloads;
  std::string_view payload;
  for (;;) {
    const auto more = frames.next(payload);
    if (!more) return std::unexpected(more.error());
    if (!*more) return payloads;
    payloads.emplace_back(payload);
  }
}

TEST(FrameReader, ChunkIsOneEventHoweverItIsWritten) {
  const std::string base64 = codec::base64_encode(R"({"type":"ping"})");
  for (const std::string& payload :
       {R"({"bytes":")" + base64 + R"("})", R"({"bytes":")" + base64 + R"(","p":"abc"})",
        R"({"p":"abc", "bytes" : ")" + base64 + R"("})", R"({"b\u0079tes":")" + base64 + R"("})"}) {
    std::string bytes;
    append_frame(bytes, chunk_headers(), payload);
    EXPECT_EQ(*read_all(bytes), std::vector<std::string>{R"({"type":"ping"})"}) << payload;
  }
}

TEST(FrameReader, OtherEventsAndEmptyChunksAreSkipped) {
  std::string bytes;
  append_frame(bytes, {{":event-type", std::string_view("initial-response")}}, "{}");
  append_frame(bytes, chunk_headers(), R"({"p":"only padding"})");
  append_frame(bytes, chunk_headers(), R"({"bytes":""})");
  append_frame(bytes, {}, "anything");
  EXPECT_TRUE(read_all(bytes)->empty());
}

TEST(FrameReader, GarbageIsTheUpstreamsFault) {
  for (const char* payload : {"not json", R"({"bytes":"###"})", R"({"bytes":5})"}) {
    std::string bytes;
    append_frame(bytes, chunk_headers(), payload);
    const auto result = read_all(bytes);
    ASSERT_FALSE(result.has_value()) << payload;
    EXPECT_EQ(result.error().code, ErrorCode::kBadGateway);
    EXPECT_EQ(result.error().source, base::ErrorSource::kUpstream);
  }
  EXPECT_FALSE(read_all(std::string(64, 'x')).has_value());
}

TEST(FrameReader, ExceptionsAndErrorsKeepTypeAndWording) {
  std::string bytes;
  append_frame(
      bytes,
      {{":message-type", std::string_view("exception")}, {":exception-type", std::string_view("throttlingException")}},
      R"({"message":"Too many requests"})");
  auto result = read_all(bytes);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().type, "ThrottlingException");
  EXPECT_EQ(result.error().code, ErrorCode::kRateLimited);
  EXPECT_EQ(result.error().message, "Too many requests");

  bytes.clear();
  append_frame(bytes,
               {{":message-type", std::string_view("error")},
                {":error-code", std::string_view("InternalFailure")},
                {":error-message", std::string_view("boom \"x\"")}},
               "");
  result = read_all(bytes);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kBadGateway);
  EXPECT_EQ(result.error().message, "boom \"x\"");
}

TEST(FrameReader, MidFrameTellsACut) {
  std::string bytes;
  append_frame(bytes, chunk_headers(), R"({"bytes":"e30="})");
  FrameReader frames;
  std::string_view payload;
  frames.feed(std::string_view(bytes).substr(0, 20));
  EXPECT_FALSE(*frames.next(payload));
  EXPECT_TRUE(frames.mid_frame());
  frames.feed(std::string_view(bytes).substr(20));
  EXPECT_TRUE(*frames.next(payload));
  EXPECT_EQ(payload, "{}");
  EXPECT_FALSE(*frames.next(payload));
  EXPECT_FALSE(frames.mid_frame());
}

}  // namespace
}  // namespace stargate::llm
