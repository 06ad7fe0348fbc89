#include "codec/event_stream.h"

#include <gtest/gtest.h>

#include "codec/hash.h"

namespace stargate::codec::event_stream {
namespace {

std::string from_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

// Two frames as AWS's own libraries test them.
const std::string kShortHeader = from_hex("0000001f0000000f172dc2ab0b736f6d652d6865616465720301f4933c5cad");
const std::string kPayloadOnly = from_hex("0000002400000000516356ad") + "another test payload" + from_hex("8df80e65");

std::string every_type() {
  std::string out;
  append_frame(out,
               {{"t", true},
                {"f", false},
                {"b", std::int8_t{-2}},
                {"s", std::int16_t{-300}},
                {"i", std::int32_t{-70000}},
                {"l", std::int64_t{-5'000'000'000}},
                {"y", ByteArray{"\x01\x02"}},
                {":event-type", std::string_view("chunk")},
                {"w", Timestamp{1'700'000'000'123}},
                {"u", Uuid{"0123456789abcdef"}}},
               "{\"bytes\":\"e30=\"}");
  return out;
}

TEST(EventStreamDecoder, ReadsPublishedVectors) {
  Decoder decoder;
  Message message;
  decoder.feed(kShortHeader + kPayloadOnly);
  ASSERT_EQ(decoder.next(message).value(), true);
  ASSERT_EQ(message.headers.size(), 1U);
  EXPECT_EQ(message.headers[0].name, "some-header");
  EXPECT_EQ(message.headers[0].value, HeaderValue(std::int16_t{500}));
  EXPECT_EQ(message.payload, "");
  ASSERT_EQ(decoder.next(message).value(), true);
  EXPECT_TRUE(message.headers.empty());
  EXPECT_EQ(message.payload, "another test payload");
  EXPECT_EQ(decoder.next(message).value(), false);
  EXPECT_FALSE(decoder.mid_frame());
}

TEST(EventStreamDecoder, WritesPublishedVectors) {
  std::string out;
  append_frame(out, {{"some-header", std::int16_t{500}}}, "");
  EXPECT_EQ(out, kShortHeader);
  append_frame(out, {}, "another test payload");
  EXPECT_EQ(out, kShortHeader + kPayloadOnly);
}

TEST(EventStreamDecoder, ReadsEveryHeaderTypeAtEverySplitPoint) {
  const std::string bytes = every_type() + kPayloadOnly + every_type();
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    Decoder decoder;
    Message message;
    int frames = 0;
    for (const std::string_view part :
         {std::string_view(bytes).substr(0, split), std::string_view(bytes).substr(split)}) {
      decoder.feed(part);
      while (decoder.next(message).value()) {
        ++frames;
        if (frames == 2) continue;
        ASSERT_EQ(message.headers.size(), 10U);
        EXPECT_EQ(message.headers[0].value, HeaderValue(true));
        EXPECT_EQ(message.headers[1].value, HeaderValue(false));
        EXPECT_EQ(message.headers[2].value, HeaderValue(std::int8_t{-2}));
        EXPECT_EQ(message.headers[3].value, HeaderValue(std::int16_t{-300}));
        EXPECT_EQ(message.headers[4].value, HeaderValue(std::int32_t{-70000}));
        EXPECT_EQ(message.headers[5].value, HeaderValue(std::int64_t{-5'000'000'000}));
        EXPECT_EQ(message.headers[6].value, HeaderValue(ByteArray{"\x01\x02"}));
        EXPECT_EQ(message.text(":event-type"), "chunk");
        EXPECT_EQ(message.text("b"), "");
        EXPECT_EQ(message.text("none"), "");
        EXPECT_EQ(message.headers[8].value, HeaderValue(Timestamp{1'700'000'000'123}));
        EXPECT_EQ(message.headers[9].value, HeaderValue(Uuid{"0123456789abcdef"}));
        EXPECT_EQ(message.payload, "{\"bytes\":\"e30=\"}");
      }
    }
    EXPECT_EQ(frames, 3) << split;
    EXPECT_FALSE(decoder.mid_frame());
  }
}

TEST(EventStreamDecoder, ReadsByteByByte) {
  Decoder decoder;
  Message message;
  int frames = 0;
  for (int round = 0; round < 50; ++round) {
    for (const char byte : kPayloadOnly) {
      decoder.feed({&byte, 1});
      frames += decoder.next(message).value() ? 1 : 0;
    }
  }
  EXPECT_EQ(frames, 50);
}

TEST(EventStreamDecoder, KnowsThatAFrameIsUnfinished) {
  Decoder decoder;
  Message message;
  decoder.feed(std::string_view(kPayloadOnly).substr(0, 20));
  EXPECT_EQ(decoder.next(message).value(), false);
  EXPECT_TRUE(decoder.mid_frame());
  EXPECT_EQ(decoder.buffered_bytes(), 20U);
}

TEST(EventStreamDecoder, HoldsNothingLargeWhileTheStreamIsSilent) {
  std::string large;
  append_frame(large, {}, std::string(500'000, 'x'));
  Decoder decoder;
  decoder.feed(large);
  Message message;
  ASSERT_TRUE(decoder.next(message).value());
  EXPECT_EQ(message.payload.size(), 500'000);
  EXPECT_FALSE(decoder.next(message).value());
  EXPECT_LE(decoder.held_bytes(), 16 * 1024);
  decoder.feed(large);
  EXPECT_TRUE(decoder.next(message).value());
}

TEST(EventStreamDecoder, NoticesEveryFlippedBit) {
  const std::string good = every_type();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    Decoder decoder;
    Message message;
    decoder.feed(bad);
    const auto result = decoder.next(message);
    ASSERT_FALSE(result) << bit;
    EXPECT_EQ(result.error().code, ErrorCode::kBadGateway);
    EXPECT_TRUE(result.error().message.starts_with("corrupt event stream: "));
    decoder.feed(good);
    EXPECT_FALSE(decoder.next(message)) << "there is no resync";
  }
}

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::string prelude(std::uint32_t total, std::uint32_t headers) {
  std::string out;
  append_u32(out, total);
  append_u32(out, headers);
  append_u32(out, crc32(0, out));
  return out;
}

TEST(EventStreamDecoder, RefusesBadLengthsFromThePreludeAlone) {
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> lengths = {{0, 0},
                                                                        {15, 0},
                                                                        {16, 1},
                                                                        {100, 85},
                                                                        {0xFFFFFFFF, 0},
                                                                        {kPayloadBytesMax + 17, 0},
                                                                        {2 * kHeadersBytesMax, kHeadersBytesMax + 1},
                                                                        {100, 0xFFFFFFFF}};
  for (const auto& [total, headers] : lengths) {
    Decoder decoder;
    Message message;
    decoder.feed(prelude(total, headers));
    EXPECT_FALSE(decoder.next(message)) << total << " " << headers;
  }
}

// A frame whose checksums are right around the given header bytes.
std::string framed(std::string_view headers) {
  std::string out =
      prelude(static_cast<std::uint32_t>(16 + headers.size()), static_cast<std::uint32_t>(headers.size()));
  out.append(headers);
  append_u32(out, crc32(0, out));
  return out;
}

TEST(EventStreamDecoder, RefusesBadHeadersBehindRightChecksums) {
  using std::string_view_literals::operator""sv;
  const auto refused = [](std::string_view headers) {
    Decoder decoder;
    Message message;
    decoder.feed(framed(headers));
    return !decoder.next(message).has_value();
  };
  EXPECT_FALSE(
      refused("\x01"sv
              "a\x00"sv));
  for (const std::string_view headers : {"\x00\x00"sv, "\x01"sv,
                                         "\x02"sv
                                         "a"sv,
                                         "\x01"sv
                                         "a"sv,
                                         "\x01"sv
                                         "a\x0a"sv,
                                         "\x01"sv
                                         "a\x07\x00"sv,
                                         "\x01"sv
                                         "a\x07\x00\x05"sv
                                         "abcd"sv,
                                         "\x01"sv
                                         "a\x05\x00\x00\x00"sv,
                                         "\x01"sv
                                         "a\x09"sv
                                         "0123456789abcde"sv,
                                         "\x01"sv
                                         "a\x02"sv,
                                         "\x01"sv
                                         "a\xff"sv}) {
    EXPECT_TRUE(refused(headers)) << testing::PrintToString(headers);
  }
}

TEST(EventStreamWriter, LeavesOutHeadersThatHaveNoForm) {
  std::string out;
  append_frame(out, {{"", true}, {std::string_view("x"), true}}, "p");
  Decoder decoder;
  Message message;
  decoder.feed(out);
  ASSERT_EQ(decoder.next(message).value(), true);
  EXPECT_EQ(message.headers.size(), 1U);
  EXPECT_EQ(message.payload, "p");
}

}  // namespace
}  // namespace stargate::codec::event_stream
