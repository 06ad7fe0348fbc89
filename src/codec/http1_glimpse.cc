// What a head tells although it was refused or has not come whole.
#include "codec/http1_head.h"

namespace stargate::codec::http1 {
namespace {

// "POST /v1/messages HTTP/1.1"; leaves the head as it is when the line is not of that shape.
void read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t target = line.find(' ') + 1;
  const std::size_t version = line.find(' ', target) + 1;
  if (target == 0 || version == 0 || !line.substr(version).starts_with("HTTP/")) return;
  const std::string_view method = line.substr(0, target - 1);
  const std::string_view path = line.substr(target, version - 1 - target);
  if (!is_token(method)) return;
  head.method = method;
  if (is_field_value(path) && path.starts_with('/')) head.target = path;
}

void read_field(std::string_view line, RequestHead& head) {
  if (!field_line_flaw(line).empty()) return;
  const std::size_t colon = line.find(':');
  head.headers.add(line.substr(0, colon), trimmed(line.substr(colon + 1)));
}

}  // namespace

RequestHead glimpse_request(std::string_view bytes) {
  RequestHead head;
  bool first = true;
  while (true) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return head;  // the last line may go on
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() && first) continue;
    if (line.empty()) return head;
    first ? read_request_line(line, head) : read_field(line, head);
    first = false;
  }
}

}  // namespace stargate::codec::http1
