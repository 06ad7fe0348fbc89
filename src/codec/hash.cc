#include "codec/hash.h"

#include <libdeflate.h>
#include <openssl/evp.h>

#include <memory>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace stargate::codec {
namespace {

constexpr std::size_t kSha256BlockBytes = 64;

struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// An algorithm fetched once and its context, per thread: a fetch for each digest costs thrice a short digest.
struct Digest {
  explicit Digest(const char* name) : algorithm(EVP_MD_fetch(nullptr, name, nullptr)), context(EVP_MD_CTX_new()) {}
  void begin() { EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr); }
  void add(std::string_view bytes) { EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()); }
  void end(std::uint8_t* out) { EVP_DigestFinal_ex(context.get(), out, nullptr); }

  std::unique_ptr<EVP_MD, FreeDigest> algorithm;
  std::unique_ptr<EVP_MD_CTX, FreeContext> context;
};

Digest& sha256_digest() {
  static thread_local Digest instance("SHA256");
  return instance;
}

constexpr char kBase64Alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotBase64 = 0xFF;

constexpr std::array<std::uint8_t, 256> make_base64_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNotBase64);
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(kBase64Alphabet[i])] = i;
  return values;
}
constexpr auto kBase64Values = make_base64_values();

std::uint32_t base64_value(char c) { return kBase64Values[static_cast<unsigned char>(c)]; }

// The values of one place of a group, shifted to where they belong in its 24 bits; foreign bytes set kForeign.
constexpr std::uint32_t kForeign = 0x8000'0000;

constexpr std::array<std::uint32_t, 256> make_place(int shift) {
  std::array<std::uint32_t, 256> place{};
  for (std::size_t c = 0; c < place.size(); ++c) {
    const std::uint32_t value = kBase64Values[c];
    place[c] = value == kNotBase64 ? kForeign : value << shift;
  }
  return place;
}
constexpr std::array<std::array<std::uint32_t, 256>, 4> kPlaces = {make_place(18), make_place(12), make_place(6),
                                                                   make_place(0)};

#if defined(__x86_64__)
// Sixteen characters at a time, after W. Muła's and D. Lemire's "Faster Base64 Encoding and Decoding using AVX2
// Instructions" (2018): the high half of a character tells its range, and with it what to add for its value. Nearly
// every processor has SSSE3 (Intel's since 2006, AMD's since 2011), but the compiler may not assume it. Returns how
// many characters were decoded; it stops before a foreign one, and before the end, because it writes 16 bytes for 12.
__attribute__((target("ssse3"))) std::size_t decode_sixteens(std::string_view text, char* out) {
  const __m128i low_classes =
      _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
  const __m128i high_classes =
      _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
  const __m128i shifts = _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m128i slash = _mm_set1_epi8('/');
  const __m128i order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  std::size_t at = 0;
  for (; at + 24 <= text.size(); at += 16, out += 12) {
    const __m128i in = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i high = _mm_and_si128(_mm_srli_epi32(in, 4), _mm_set1_epi8(0x0F));
    const __m128i low = _mm_and_si128(in, _mm_set1_epi8(0x0F));
    const __m128i foreign = _mm_and_si128(_mm_shuffle_epi8(low_classes, low), _mm_shuffle_epi8(high_classes, high));
    if (_mm_movemask_epi8(_mm_cmpgt_epi8(foreign, _mm_setzero_si128())) != 0) break;
    const __m128i shift = _mm_shuffle_epi8(shifts, _mm_add_epi8(_mm_cmpeq_epi8(in, slash), high));
    const __m128i values = _mm_add_epi8(in, shift);
    const __m128i pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
    const __m128i groups = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(groups, order));
  }
  return at;
}
#else
std::size_t decode_sixteens(std::string_view, char*) { return 0; }
#endif

bool has_ssse3() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("ssse3") != 0;
#else
  return false;
#endif
}

// Decodes whole groups of four; false on a foreign byte. `out` has room.
bool decode_groups(std::string_view text, char* out) {
  static const bool kWide = has_ssse3();
  if (kWide) {
    const std::size_t done = decode_sixteens(text, out);
    text.remove_prefix(done);
    out += done / 4 * 3;
  }
  std::uint32_t seen = 0;
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  for (const auto* end = in + text.size(); in != end; in += 4, out += 3) {
    const std::uint32_t bits = kPlaces[0][in[0]] | kPlaces[1][in[1]] | kPlaces[2][in[2]] | kPlaces[3][in[3]];
    seen |= bits;
    out[0] = static_cast<char>(bits >> 16);
    out[1] = static_cast<char>(bits >> 8);
    out[2] = static_cast<char>(bits);
  }
  return (seen & kForeign) == 0;
}

// Decodes the last 0, 2 or 3 characters without their padding. The bits that fall off must be zero.
bool decode_tail(std::string_view tail, char* out) {
  if (tail.empty()) return true;
  const std::uint32_t a = base64_value(tail[0]);
  const std::uint32_t b = base64_value(tail[1]);
  const std::uint32_t c = tail.size() == 3 ? base64_value(tail[2]) : 0;
  if (((a | b | c) & 0x80U) != 0) return false;
  const bool clean = tail.size() == 3 ? (c & 0x3U) == 0 : (b & 0xFU) == 0;
  if (!clean) return false;
  out[0] = static_cast<char>(a << 2 | b >> 4);
  if (tail.size() == 3) out[1] = static_cast<char>(b << 4 | c >> 2);
  return true;
}

}  // namespace

Sha256 sha256(std::string_view bytes) { return sha256(std::span<const std::string_view>(&bytes, 1)); }

Sha256 sha256(std::span<const std::string_view> pieces) {
  Digest& digest = sha256_digest();
  digest.begin();
  for (const std::string_view piece : pieces) digest.add(piece);
  Sha256 out;
  digest.end(out.data());
  return out;
}

// RFC 2104, over the digest above: OpenSSL's one-shot HMAC costs ten times as much for short texts.
Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 key_digest;
  if (key.size() > kSha256BlockBytes) {
    key_digest = sha256(key);
    key = as_view(key_digest);
  }
  std::array<char, kSha256BlockBytes> inner;
  std::array<char, kSha256BlockBytes> outer;
  for (std::size_t i = 0; i < kSha256BlockBytes; ++i) {
    const char c = i < key.size() ? key[i] : '\0';
    inner[i] = static_cast<char>(c ^ 0x36);
    outer[i] = static_cast<char>(c ^ 0x5C);
  }
  Digest& digest = sha256_digest();
  Sha256 out;
  digest.begin();
  digest.add({inner.data(), inner.size()});
  digest.add(bytes);
  digest.end(out.data());
  digest.begin();
  digest.add({outer.data(), outer.size()});
  digest.add(as_view(out));
  digest.end(out.data());
  return out;
}

std::string sha1_hex(std::string_view bytes) {
  static thread_local Digest digest("SHA1");
  std::array<std::uint8_t, 20> out;
  digest.begin();
  digest.add(bytes);
  digest.end(out.data());
  return hex(out);
}

std::uint32_t crc32(std::uint32_t crc, std::string_view bytes) {
  // libdeflate takes a null pointer as the question for the initial value.
  if (bytes.empty()) return crc;
  return libdeflate_crc32(crc, bytes.data(), bytes.size());
}

std::string hex(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.resize_and_overwrite(bytes.size() * 2, [bytes](char* to, std::size_t size) {
    for (const std::uint8_t byte : bytes) {
      *to++ = kDigits[byte >> 4];
      *to++ = kDigits[byte & 15];
    }
    return size;
  });
  return out;
}

std::string_view as_view(const Sha256& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::string base64_encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  const auto byte = [&bytes](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  char* to = out.data();
  for (std::size_t at = 0; at < bytes.size(); at += 3, to += 4) {
    const std::uint32_t group = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    to[0] = kBase64Alphabet[group >> 18];
    to[1] = kBase64Alphabet[group >> 12 & 63];
    if (at + 1 < bytes.size()) to[2] = kBase64Alphabet[group >> 6 & 63];
    if (at + 2 < bytes.size()) to[3] = kBase64Alphabet[group & 63];
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string out;
  if (!base64_decode_append(out, text)) return std::nullopt;
  return out;
}

bool base64_decode_append(std::string& out, std::string_view text) {
  const bool padded = text.ends_with('=');
  if (padded && text.size() % 4 != 0) return false;
  if (padded) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  const std::size_t groups_bytes = text.size() / 4 * 4;
  const std::string_view tail = text.substr(groups_bytes);
  if (tail.size() == 1) return false;
  const std::size_t before = out.size();
  const std::size_t decoded_bytes = groups_bytes / 4 * 3 + (tail.empty() ? 0 : tail.size() - 1);
  bool ok = false;
  const auto decode = [&](char* data, std::size_t) {
    ok = decode_groups(text.substr(0, groups_bytes), data + before) &&
         decode_tail(tail, data + before + groups_bytes / 4 * 3);
    return ok ? before + decoded_bytes : before;
  };
  out.resize_and_overwrite(before + decoded_bytes, decode);
  return ok;
}

}  // namespace stargate::codec
