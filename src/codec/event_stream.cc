#include "codec/event_stream.h"

#include <bit>
#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>

#include "codec/hash.h"

namespace stargate::codec::event_stream {
namespace {

constexpr std::size_t kFrameBytesMax = kPayloadBytesMax + kHeadersBytesMax + kFrameBytesMin;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kHeadersTypical = 4;
constexpr std::size_t kValueBytesMax = std::numeric_limits<std::int16_t>::max();
constexpr std::size_t kBufferBytesKept = std::size_t{16} * 1024;

enum class Type : std::uint8_t { kTrue, kFalse, kByte, kShort, kInt, kLong, kBytes, kString, kTimestamp, kUuid };

template <std::unsigned_integral Word>
Word read_word(std::string_view bytes, std::size_t at) {
  Word word = 0;
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    word = static_cast<Word>(static_cast<std::uint64_t>(word) << 8 | static_cast<unsigned char>(bytes[at + i]));
  }
  return word;
}

template <std::unsigned_integral Word>
void append_word(std::string& out, Word word) {
  for (std::size_t i = sizeof(Word); i > 0; --i) out.push_back(static_cast<char>(word >> (8 * (i - 1))));
}

Failure corrupt(std::string_view what) {
  return base::upstream_error(ErrorCode::kBadGateway, std::string("corrupt event stream: ").append(what));
}

// Reads headers one after another; every read is checked against the end.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

  bool next(Header& header) {
    const auto name_size = word<std::uint8_t>();
    if (!name_size || *name_size == 0) return false;
    const auto name = take(*name_size);
    const auto type = word<std::uint8_t>();
    if (!name || !type) return false;
    header.name = *name;
    return value(static_cast<Type>(*type), header.value);
  }

 private:
  std::optional<std::string_view> take(std::size_t size) {
    if (size > bytes_.size()) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  template <class Word>
  std::optional<Word> word() {
    const auto bytes = take(sizeof(Word));
    if (!bytes) return std::nullopt;
    return static_cast<Word>(read_word<std::make_unsigned_t<Word>>(*bytes, 0));
  }

  template <class Word>
  bool number(HeaderValue& value) {
    const auto read = word<Word>();
    if (read) value = *read;
    return read.has_value();
  }

  std::optional<std::string_view> sized() {
    const auto size = word<std::uint16_t>();
    return size ? take(*size) : std::nullopt;
  }

  bool value(Type type, HeaderValue& out) {
    switch (type) {
      case Type::kTrue: out = true; return true;
      case Type::kFalse: out = false; return true;
      case Type::kByte: return number<std::int8_t>(out);
      case Type::kShort: return number<std::int16_t>(out);
      case Type::kInt: return number<std::int32_t>(out);
      case Type::kLong: return number<std::int64_t>(out);
      case Type::kBytes: {
        const auto bytes = sized();
        if (bytes) out = ByteArray{*bytes};
        return bytes.has_value();
      }
      case Type::kString: {
        const auto text = sized();
        if (text) out = *text;
        return text.has_value();
      }
      case Type::kTimestamp: {
        const auto ms = word<std::int64_t>();
        if (ms) out = Timestamp{*ms};
        return ms.has_value();
      }
      case Type::kUuid: {
        const auto bytes = take(kUuidBytes);
        if (bytes) out = Uuid{*bytes};
        return bytes.has_value();
      }
    }
    return false;
  }

  std::string_view bytes_;
};

// Appends type and value of a header.
struct ValueWriter {
  std::string& out;

  void type(Type value) const { out.push_back(static_cast<char>(value)); }
  void sized(Type kind, std::string_view bytes) const {
    type(kind);
    append_word(out, static_cast<std::uint16_t>(bytes.size()));
    out.append(bytes);
  }
  void operator()(bool value) const { type(value ? Type::kTrue : Type::kFalse); }
  void operator()(std::int8_t value) const {
    type(Type::kByte);
    append_word(out, static_cast<std::uint8_t>(value));
  }
  void operator()(std::int16_t value) const {
    type(Type::kShort);
    append_word(out, static_cast<std::uint16_t>(value));
  }
  void operator()(std::int32_t value) const {
    type(Type::kInt);
    append_word(out, static_cast<std::uint32_t>(value));
  }
  void operator()(std::int64_t value) const {
    type(Type::kLong);
    append_word(out, static_cast<std::uint64_t>(value));
  }
  void operator()(Timestamp value) const {
    type(Type::kTimestamp);
    append_word(out, static_cast<std::uint64_t>(value.ms));
  }
  void operator()(ByteArray value) const { sized(Type::kBytes, value.bytes.substr(0, kValueBytesMax)); }
  void operator()(std::string_view value) const { sized(Type::kString, value.substr(0, kValueBytesMax)); }
  void operator()(Uuid value) const {
    type(Type::kUuid);
    std::string bytes(value.bytes);
    bytes.resize(kUuidBytes);
    out.append(bytes);
  }
};

}  // namespace

std::string_view Message::text(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.name != name) continue;
    const auto* value = std::get_if<std::string_view>(&header.value);
    return value != nullptr ? *value : std::string_view();
  }
  return {};
}

void Decoder::feed(std::string_view bytes) {
  if (consumed_ == buffer_.size()) {
    buffer_.clear();
    consumed_ = 0;
  } else if (consumed_ > buffer_.size() / 2) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  buffer_.append(bytes);
}

Result<bool> Decoder::next(Message& message) {
  message.headers.clear();
  message.payload = {};
  if (broken_) return corrupt("used after an error");
  // Here and not in feed(): a stream that now falls silent holds no room for its largest event.
  if (consumed_ == buffer_.size() && buffer_.capacity() > kBufferBytesKept) {
    std::string().swap(buffer_);
    consumed_ = 0;
  }
  const std::string_view held = std::string_view(buffer_).substr(consumed_);
  if (held.size() < kPreludeBytes) return false;
  broken_ = true;  // until the frame proves right
  if (crc32(0, held.substr(0, 8)) != read_word<std::uint32_t>(held, 8)) return corrupt("bad prelude checksum");
  const std::size_t total_bytes = read_word<std::uint32_t>(held, 0);
  const std::size_t headers_bytes = read_word<std::uint32_t>(held, 4);
  if (total_bytes < kFrameBytesMin || total_bytes > kFrameBytesMax) return corrupt("bad frame length");
  if (headers_bytes > kHeadersBytesMax || headers_bytes > total_bytes - kFrameBytesMin) {
    return corrupt("bad header length");
  }
  if (total_bytes - kFrameBytesMin - headers_bytes > kPayloadBytesMax) return corrupt("bad payload length");
  if (held.size() < total_bytes) {
    broken_ = false;
    return false;
  }
  const std::size_t crc_at = total_bytes - kCrcBytes;
  if (crc32(0, held.substr(0, crc_at)) != read_word<std::uint32_t>(held, crc_at)) {
    return corrupt("bad message checksum");
  }
  message.headers.reserve(kHeadersTypical);
  HeaderReader reader(held.substr(kPreludeBytes, headers_bytes));
  while (!reader.at_end()) {
    if (!reader.next(message.headers.emplace_back())) return corrupt("bad header");
  }
  message.payload = held.substr(kPreludeBytes + headers_bytes, crc_at - kPreludeBytes - headers_bytes);
  consumed_ += total_bytes;
  broken_ = false;
  return true;
}

void append_frame(std::string& out, const std::vector<Header>& headers, std::string_view payload) {
  const std::size_t start = out.size();
  out.append(kPreludeBytes, '\0');
  for (const Header& header : headers) {
    if (header.name.empty() || header.name.size() > kNameBytesMax) continue;
    out.push_back(static_cast<char>(header.name.size()));
    out.append(header.name);
    std::visit(ValueWriter{out}, header.value);
  }
  const std::size_t headers_bytes = out.size() - start - kPreludeBytes;
  const std::size_t total_bytes = kFrameBytesMin + headers_bytes + payload.size();
  std::string prelude;
  append_word(prelude, static_cast<std::uint32_t>(total_bytes));
  append_word(prelude, static_cast<std::uint32_t>(headers_bytes));
  append_word(prelude, crc32(0, prelude));
  out.replace(start, kPreludeBytes, prelude);
  out.append(payload);
  append_word(out, crc32(0, std::string_view(out).substr(start)));
}

}  // namespace stargate::codec::event_stream
