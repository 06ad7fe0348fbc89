// FrameReader of lane.h for Bedrock: AWS event-stream frames of type `chunk`, whose payload is
// {"bytes":"<base64 of one Anthropic event>","p":"<padding>"}. Source: AWS "InvokeModelWithResponseStream".
#include <cstring>
#include <string>
#include <utility>

#include "codec/event_stream.h"
#include "codec/hash.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

namespace {

constexpr std::string_view kBytesPrefix = R"({"bytes":")";

Failure garbage(std::string what) {
  return base::upstream_error(ErrorCode::kBadGateway, "Bedrock sent a broken stream: " + std::move(what));
}

}  // namespace

struct FrameReader::Impl {
  codec::event_stream::Decoder decoder;
  codec::event_stream::Message message;
  std::string event;  // reused; kJsonPadding zero bytes follow the event

  // False: a chunk without bytes, which is skipped.
  Result<bool> decode_chunk(std::string_view payload) {
    event.clear();
    if (payload.starts_with(kBytesPrefix)) {
      const std::string_view rest = payload.substr(kBytesPrefix.size());
      const auto quote = rest.find('"');
      if (quote != std::string_view::npos && codec::base64_decode_append(event, rest.substr(0, quote))) return true;
      event.clear();
    }
    auto document = codec::json::Document::parse_copy(payload);
    if (!document) return garbage("a chunk is not JSON");
    const auto bytes = document->root().find("bytes");
    if (!bytes) return false;
    if (!bytes->is_string() || !codec::base64_decode_append(event, bytes->text())) {
      return garbage("a chunk is not base64");
    }
    return true;
  }

  // True: `payload` holds an event. False: this frame has none for us.
  Result<bool> take(std::string_view& payload) {
    const std::string_view message_type = message.text(":message-type");
    if (message_type == "exception") {
      return std::unexpected(upstream_exception(message.text(":exception-type"), message.payload));
    }
    if (message_type == "error") {
      const std::string_view words = message.text(":error-message");
      const std::string body = R"({"message":)" + codec::json::quoted(words) + "}";
      return std::unexpected(upstream_exception(message.text(":error-code"), body));
    }
    if (message.text(":event-type") != "chunk") return false;
    auto decoded = decode_chunk(message.payload);
    if (!decoded || !*decoded || event.empty()) return decoded && *decoded ? Result<bool>(false) : decoded;
    const std::size_t size_bytes = event.size();
    event.append(base::kJsonPadding, '\0');
    payload = std::string_view(event).substr(0, size_bytes);
    return true;
  }
};

FrameReader::FrameReader() : impl_(std::make_unique<Impl>()) {}
FrameReader::~FrameReader() = default;
FrameReader::FrameReader(FrameReader&&) noexcept = default;
FrameReader& FrameReader::operator=(FrameReader&&) noexcept = default;

void FrameReader::feed(std::string_view bytes) { impl_->decoder.feed(bytes); }

Result<bool> FrameReader::next(std::string_view& payload) {
  for (;;) {
    auto more = impl_->decoder.next(impl_->message);
    if (!more || !*more) return more;
    auto taken = impl_->take(payload);
    if (!taken || *taken) return taken;
  }
}

bool FrameReader::mid_frame() const { return impl_->decoder.mid_frame(); }

}  // namespace stargate::llm
