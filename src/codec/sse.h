// Server-sent events (WHATWG HTML, "server-sent events"): a writer and an incremental reader.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stargate::codec::sse {

// "event: <name>\ndata: <data>\n\n"; data must hold no line break. Without a name: "data: <data>\n\n".
void append_event(std::string& out, std::string_view name, std::string_view data);

struct Event {
  std::string_view name;  // empty when the event has no event: line
  std::string_view data;  // lines joined by '\n'
};

// Feed bytes, take events. BOM, CR, LF, CRLF (also split), comments, and data over several lines are understood.
// Views from next() hold until the following call of next() or feed(). Never rescans what it has seen.
class Reader {
 public:
  static constexpr std::size_t kEventBytesMax = std::size_t{16} * 1024 * 1024;
  void feed(std::string_view bytes);
  // The next complete event, or nothing yet. Error kBadGateway when an event exceeds kEventBytesMax.
  Result<bool> next(Event& event);

 private:
  bool line(std::string_view& out);
  void take(std::string_view line);

  std::string buffer_;
  std::size_t cursor_ = 0;   // start of the current line
  std::size_t scanned_ = 0;  // bytes already searched for a line end
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  bool started_ = false;
  bool skip_lf_ = false;
  bool dispatched_ = false;  // the event in name_ and data_ has been given out
};

}  // namespace stargate::codec::sse
