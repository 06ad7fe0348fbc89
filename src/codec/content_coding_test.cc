#include "codec/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "base/limits.h"
#include "codec/hash.h"

namespace stargate::codec {
namespace {

constexpr std::size_t kMax = std::size_t{1} << 20;

std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd_compressed(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// "hello hello hello hello hello\n".
std::string brotli_sample() { return *base64_decode("Gx0A+I2Ubt5EVYbWCiBsb0oReuKAUi0A"); }

ErrorCode refusal(std::string body, std::string_view coding, std::size_t bytes_max = kMax) {
  const auto decoded = decode_content(std::move(body), coding, bytes_max);
  EXPECT_TRUE(decoded || decoded.error().source == ErrorSource::kClient);
  return decoded ? ErrorCode::kNotConfigured : decoded.error().code;
}

std::string sample(std::size_t size) {
  std::string out;
  while (out.size() < size) out += "{\"role\":\"user\",\"n\":" + std::to_string(out.size() * 7919) + "}";
  out.resize(size);
  return out;
}

TEST(ContentCoding, UndoesEachCoding) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{300'000}}) {
    const std::string plain = sample(size);
    EXPECT_EQ(decode_content(gzip(plain), "gzip", kMax), plain);
    EXPECT_EQ(decode_content(gzip(plain), " X-GZIP ", kMax), plain);
    EXPECT_EQ(decode_content(deflated(plain, 15), "deflate", kMax), plain);
    EXPECT_EQ(decode_content(deflated(plain, -15), "deflate", kMax), plain);
    EXPECT_EQ(decode_content(zstd_compressed(plain), "zstd", kMax), plain);
    EXPECT_EQ(decode_content(plain, "", kMax), plain);
    EXPECT_EQ(decode_content(plain, "identity", kMax), plain);
  }
}

TEST(ContentCoding, UndoesBrotli) {
  EXPECT_EQ(decode_content(brotli_sample(), "BR", kMax), "hello hello hello hello hello\n");
  EXPECT_EQ(refusal(brotli_sample(), "br", 29), ErrorCode::kTooLarge);
}

TEST(ContentCoding, UndoesSeveralLastFirst) {
  const std::string plain = sample(5000);
  EXPECT_EQ(decode_content(zstd_compressed(gzip(plain)), "gzip, identity,, zstd", kMax), plain);
  EXPECT_EQ(refusal("x", "gzip,gzip,gzip,gzip"), ErrorCode::kUnsupportedMedia);
}

TEST(ContentCoding, LeavesRoomForTheJsonParser) {
  const std::string plain = sample(777);
  EXPECT_GE(decode_content(plain, "", kMax)->capacity(), plain.size() + base::kJsonPadding);
  EXPECT_GE(decode_content(gzip(plain), "gzip", kMax)->capacity(), plain.size() + base::kJsonPadding);
}

TEST(ContentCoding, TakesSeveralMembersAndFrames) {
  EXPECT_EQ(decode_content(gzip("ab") + gzip("") + gzip("cd"), "gzip", kMax), "abcd");
  EXPECT_EQ(decode_content(zstd_compressed("ab") + zstd_compressed("cd"), "zstd", kMax), "abcd");
}

TEST(ContentCoding, RefusesUnknownCodings) {
  EXPECT_EQ(refusal("x", "compress"), ErrorCode::kUnsupportedMedia);
  EXPECT_EQ(refusal("x", "gzip;q=1"), ErrorCode::kUnsupportedMedia);
}

TEST(ContentCoding, RefusesBombsBeforeTheyAreHeld) {
  const std::string zeros(10 * kMax, '\0');
  EXPECT_EQ(refusal(gzip(zeros), "gzip"), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(deflated(zeros, 15), "deflate"), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(zstd_compressed(zeros), "zstd"), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(std::string(11, 'x'), "", 10), ErrorCode::kTooLarge);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{20'000}}) {
    const std::string plain = sample(size);
    EXPECT_EQ(decode_content(gzip(plain), "gzip", std::max<std::size_t>(size, 64)), plain);
    EXPECT_EQ(decode_content(zstd_compressed(plain), "zstd", std::max<std::size_t>(size, 64)), plain);
  }
  EXPECT_EQ(refusal(gzip(sample(20'000)), "gzip", 19'999), ErrorCode::kTooLarge);
  EXPECT_EQ(refusal(zstd_compressed(sample(20'000)), "zstd", 19'999), ErrorCode::kTooLarge);
}

TEST(ContentCoding, RefusesDamageCutsAndTrailingBytes) {
  const std::string plain = sample(500);
  const std::vector<std::pair<std::string_view, std::string>> bodies = {{"gzip", gzip(plain)},
                                                                        {"deflate", deflated(plain, 15)},
                                                                        {"deflate", deflated(plain, -15)},
                                                                        {"zstd", zstd_compressed(plain)},
                                                                        {"br", brotli_sample()}};
  for (const auto& [coding, body] : bodies) {
    for (std::size_t size = 0; size < body.size(); ++size) {
      EXPECT_EQ(refusal(body.substr(0, size), coding), ErrorCode::kBadRequest) << coding << " cut at " << size;
    }
    EXPECT_EQ(refusal(body + "garbage", coding), ErrorCode::kBadRequest) << coding;
    EXPECT_EQ(refusal("{\"model\":\"x\"}", coding), ErrorCode::kBadRequest) << coding;
  }
}

}  // namespace
}  // namespace stargate::codec
