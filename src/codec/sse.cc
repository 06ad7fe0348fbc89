#include "codec/sse.h"

#include <algorithm>

namespace stargate::codec::sse {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::size_t kBufferBytesKept = std::size_t{64} * 1024;

}  // namespace

void append_event(std::string& out, std::string_view name, std::string_view data) {
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  out.append("data: ").append(data).append("\n\n");
}

void Reader::feed(std::string_view bytes) {
  if (cursor_ == buffer_.size()) {
    buffer_.clear();
    if (buffer_.capacity() > kBufferBytesKept) buffer_.shrink_to_fit();
    scanned_ = cursor_ = 0;
  } else if (cursor_ > buffer_.size() / 2) {
    buffer_.erase(0, cursor_);
    scanned_ -= cursor_;
    cursor_ = 0;
  }
  buffer_.append(bytes);
}

// The next line without its end; false while it is not whole. A CR ends a line at once: whether an LF follows is seen
// when the next line begins.
bool Reader::line(std::string_view& out) {
  if (!started_) {
    const std::string_view head = std::string_view(buffer_).substr(0, kBom.size());
    if (head.size() < kBom.size() && kBom.starts_with(head)) return false;
    started_ = true;
    if (head == kBom) scanned_ = cursor_ = kBom.size();
  }
  if (skip_lf_ && cursor_ < buffer_.size()) {
    if (buffer_[cursor_] == '\n') ++cursor_;
    skip_lf_ = false;
    scanned_ = std::max(scanned_, cursor_);
  }
  std::size_t end = scanned_;
  while (end < buffer_.size() && buffer_[end] != '\n' && buffer_[end] != '\r') ++end;
  scanned_ = end;
  if (end == buffer_.size()) return false;
  out = std::string_view(buffer_).substr(cursor_, end - cursor_);
  skip_lf_ = buffer_[end] == '\r';
  scanned_ = cursor_ = end + 1;
  return true;
}

void Reader::take(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") {
    name_.assign(value);
  } else if (field == "data") {
    if (has_data_) data_.push_back('\n');
    data_.append(value);
    has_data_ = true;
  }
}

Result<bool> Reader::next(Event& event) {
  event = {};
  if (dispatched_) {
    name_.clear();
    data_.clear();
    if (data_.capacity() > kBufferBytesKept) data_.shrink_to_fit();
    has_data_ = dispatched_ = false;
  }
  std::string_view text;
  while (line(text)) {
    if (text.empty() && has_data_) {
      event = {name_, data_};
      dispatched_ = true;
      return true;
    }
    if (text.empty()) {
      name_.clear();  // an event without data is dropped, and its name with it
      continue;
    }
    take(text);
    if (data_.size() + name_.size() > kEventBytesMax) break;
  }
  if (data_.size() + name_.size() + (buffer_.size() - cursor_) > kEventBytesMax) {
    return base::upstream_error(ErrorCode::kBadGateway, "a server-sent event is too long");
  }
  return false;
}

}  // namespace stargate::codec::sse
