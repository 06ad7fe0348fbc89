#include "codec/content_coding.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "base/limits.h"
#include "codec/http1.h"

namespace stargate::codec {
namespace {

constexpr std::size_t kCodingsMax = 3;
constexpr std::size_t kOutputBytesMin = std::size_t{16} * 1024;
constexpr int kZstdWindowLogMax = 23;  // 8 MB, what RFC 8878 §3.1.1.1.2 asks decoders to support
constexpr int kGzipLevel = 6;
constexpr int kWindowBits = 15;
constexpr int kGzipWindowBits = kWindowBits + 16;

// What a decoder reports after it has been given input and room.
enum class Step : std::uint8_t { kMore, kDone, kDamaged };

Failure damaged(std::string_view coding) {
  return base::client_error(ErrorCode::kBadRequest,
                            std::string("the body is not what its Content-Encoding says (").append(coding) + ")");
}

Failure too_large(std::size_t bytes_max) {
  return base::client_error(ErrorCode::kTooLarge,
                            "the decoded body is larger than " + std::to_string(bytes_max) + " bytes");
}

// Runs decoder(char*& to, size_t& room) over growing output until it is done. A decoder that leaves room unused and
// wants more has run out of input: the body was cut.
template <class Decoder>
Result<std::string> grow(Decoder&& decoder, std::string_view coding, std::size_t bytes_max) {
  std::string out;
  std::size_t used = 0;
  while (true) {
    if (used > bytes_max) return too_large(bytes_max);
    if (used == out.size()) {
      out.reserve(std::min(std::max(2 * used, kOutputBytesMin), bytes_max + 1) + base::kJsonPadding);
      out.resize(std::min(out.capacity() - base::kJsonPadding, bytes_max + 1));
    }
    char* to = out.data() + used;
    std::size_t room = out.size() - used;
    const Step step = decoder(to, room);
    used = out.size() - room;
    if (step == Step::kDamaged) return damaged(coding);
    if (step == Step::kDone) break;
    if (room > 0) return damaged(coding);
  }
  if (used > bytes_max) return too_large(bytes_max);
  out.resize(used);
  return out;
}

struct EndInflate {
  void operator()(z_stream* stream) const {
    inflateEnd(stream);
    delete stream;
  }
};

// gzip (several members allowed, RFC 1952 §2.2) and deflate.
Result<std::string> inflate_all(std::string_view body, int window_bits, std::string_view coding,
                                std::size_t bytes_max) {
  if (body.size() > std::numeric_limits<uInt>::max()) return too_large(bytes_max);
  std::unique_ptr<z_stream, EndInflate> stream(new z_stream());
  if (inflateInit2(stream.get(), window_bits) != Z_OK)
    return base::fail(ErrorCode::kInternal, "out of memory for zlib");
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));  // zlib does not write there
  stream->avail_in = static_cast<uInt>(body.size());
  const auto decode = [&stream, window_bits](char*& to, std::size_t& room) {
    while (true) {
      const auto given = static_cast<uInt>(std::min<std::size_t>(room, std::numeric_limits<uInt>::max()));
      stream->next_out = reinterpret_cast<Bytef*>(to);
      stream->avail_out = given;
      const int code = inflate(stream.get(), Z_NO_FLUSH);
      to += given - stream->avail_out;
      room -= given - stream->avail_out;
      if (code == Z_OK || code == Z_BUF_ERROR) {
        if (stream->avail_out == 0 && room > 0) continue;
        return Step::kMore;
      }
      if (code != Z_STREAM_END) return Step::kDamaged;
      if (stream->avail_in == 0) return Step::kDone;
      if (window_bits != kGzipWindowBits || inflateReset(stream.get()) != Z_OK) return Step::kDamaged;
    }
  };
  return grow(decode, coding, bytes_max);
}

// "deflate" means the zlib format (RFC 9110 §8.4.1.2), but some clients send the bare one.
int deflate_window_bits(std::string_view body) {
  if (body.size() < 2) return kWindowBits;
  const auto first = static_cast<unsigned char>(body[0]);
  const auto second = static_cast<unsigned char>(body[1]);
  const bool zlib = (first & 0x0F) == 8 && (first * 256 + second) % 31 == 0;
  return zlib ? kWindowBits : -kWindowBits;
}

Result<std::string> unbrotli(std::string_view body, std::size_t bytes_max) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!state) return base::fail(ErrorCode::kInternal, "out of memory for brotli");
  const auto* from = reinterpret_cast<const std::uint8_t*>(body.data());
  std::size_t left = body.size();
  const auto decode = [&](char*& to, std::size_t& room) {
    auto* bytes = reinterpret_cast<std::uint8_t*>(to);
    const auto code = BrotliDecoderDecompressStream(state.get(), &left, &from, &room, &bytes, nullptr);
    to = reinterpret_cast<char*>(bytes);
    if (code == BROTLI_DECODER_RESULT_ERROR) return Step::kDamaged;
    if (code != BROTLI_DECODER_RESULT_SUCCESS) return Step::kMore;
    return left == 0 ? Step::kDone : Step::kDamaged;
  };
  return grow(decode, "br", bytes_max);
}

Result<std::string> unzstd(std::string_view body, std::size_t bytes_max) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return base::fail(ErrorCode::kInternal, "out of memory for zstd");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  ZSTD_inBuffer input{body.data(), body.size(), 0};
  const auto decode = [&](char*& to, std::size_t& room) {
    ZSTD_outBuffer output{to, room, 0};
    std::size_t wanted = 1;
    do {  // a frame after a frame; input that makes no progress has ended
      const std::size_t before = input.pos + output.pos;
      wanted = ZSTD_decompressStream(context.get(), &output, &input);
      if (ZSTD_isError(wanted) != 0) return Step::kDamaged;
      if (input.pos + output.pos == before) break;
    } while (output.pos < output.size && (input.pos < input.size || wanted != 0));
    to += output.pos;
    room -= output.pos;
    return wanted == 0 && input.pos == input.size ? Step::kDone : Step::kMore;
  };
  return grow(decode, "zstd", bytes_max);
}

// The codings of a field in the order in which they were applied; empty entries are skipped (RFC 9110 §5.6.1).
std::vector<std::string_view> codings_of(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view coding = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (coding.starts_with(' ') || coding.starts_with('\t')) coding.remove_prefix(1);
    while (coding.ends_with(' ') || coding.ends_with('\t')) coding.remove_suffix(1);
    if (!coding.empty() && !http1::iequals(coding, "identity")) out.push_back(coding);
  }
  return out;
}

Result<std::string> decode_one(std::string_view body, std::string_view coding, std::size_t bytes_max) {
  if (http1::iequals(coding, "gzip") || http1::iequals(coding, "x-gzip")) {
    return inflate_all(body, kGzipWindowBits, "gzip", bytes_max);
  }
  if (http1::iequals(coding, "deflate")) return inflate_all(body, deflate_window_bits(body), "deflate", bytes_max);
  if (http1::iequals(coding, "br")) return unbrotli(body, bytes_max);
  if (http1::iequals(coding, "zstd")) return unzstd(body, bytes_max);
  return base::client_error(ErrorCode::kUnsupportedMedia,
                            std::string("unknown Content-Encoding: ").append(coding.substr(0, 32)));
}

}  // namespace

Result<std::string> decode_content(std::string body, std::string_view content_encoding, std::size_t bytes_max) {
  std::vector<std::string_view> codings = codings_of(content_encoding);
  if (codings.size() > kCodingsMax) return base::client_error(ErrorCode::kUnsupportedMedia, "too many content codings");
  if (body.size() > bytes_max) return too_large(bytes_max);
  std::ranges::reverse(codings);
  for (const std::string_view coding : codings) {
    auto decoded = decode_one(body, coding, bytes_max);
    if (!decoded) return decoded;
    body = std::move(*decoded);
  }
  body.reserve(body.size() + base::kJsonPadding);
  return body;
}

std::string gzip(std::string_view bytes) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(kGzipLevel), libdeflate_free_compressor);
  std::string out;
  if (!compressor) return out;
  out.resize(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()));
  out.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

}  // namespace stargate::codec
