// Header fields, and writing heads and chunks.
#include <algorithm>
#include <charconv>

#include "codec/http1.h"
#include "codec/http1_head.h"

namespace stargate::codec::http1 {
namespace {

constexpr std::size_t kFieldsTypical = 12;
constexpr std::size_t kFieldBytesTypical = 40;
constexpr std::size_t kRequestLineBytes = 32;  // without the target

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

void append_number(std::string& out, std::uint64_t value, int radix) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value, radix).ptr);
}

void append_fields(std::string& out, const Headers& headers) {
  std::size_t size = 2;
  for (const Header field : headers.fields()) size += field.name.size() + field.value.size() + 4;
  constexpr std::size_t kMoreBytes = 96;  // for the fields that a caller adds behind
  out.reserve(out.size() + size + kMoreBytes);
  for (const Header field : headers.fields()) {
    if (!is_token(field.name) || !is_field_value(field.value)) continue;
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace

bool iequals(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    // Equal bytes first: most names come in one case, and most names that differ do so in their first byte.
    if (left[i] != right[i] && lower(left[i]) != lower(right[i])) return false;
  }
  return true;
}

void Headers::add(std::string_view name, std::string_view value) {
  if (places_.empty()) reserve(kFieldsTypical);
  const std::size_t begin = text_.size();
  const std::size_t needed = begin + name.size() + value.size();
  places_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
  if (needed > text_.capacity()) {
    std::vector<char> grown;  // not in place: name and value may be views of this very text
    grown.reserve(std::max(needed, text_.capacity() * 2));
    grown.insert(grown.end(), text_.begin(), text_.end());
    grown.insert(grown.end(), name.begin(), name.end());
    grown.insert(grown.end(), value.begin(), value.end());
    text_ = std::move(grown);
    return;
  }
  text_.insert(text_.end(), name.begin(), name.end());
  text_.insert(text_.end(), value.begin(), value.end());
}

void Headers::reserve(std::size_t count) {
  places_.reserve(count);
  text_.reserve(count * kFieldBytesTypical);
}

void Headers::clear() {
  text_.clear();
  places_.clear();
}

void Headers::set(std::string_view name, std::string_view value) {
  const std::string kept_name(name);  // both may live in the fields
  const std::string kept_value(value);
  remove(kept_name);
  add(kept_name, kept_value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(places_, [this, name](const Place& place) { return iequals(at(place).name, name); });
}

std::string_view Headers::get(std::string_view name) const {
  for (const Header field : fields()) {
    if (iequals(field.name, name)) return field.value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::ranges::any_of(places_, [this, name](const Place& place) { return iequals(at(place).name, name); });
}

std::string Headers::joined(std::string_view name) const {
  std::string out;
  bool first = true;
  for (const Header field : fields()) {
    if (!iequals(field.name, name)) continue;
    if (!first) out.append(", ");
    out.append(field.value);
    first = false;
  }
  return out;
}

std::string_view RequestHead::path() const { return std::string_view(target).substr(0, target.find('?')); }

std::string_view RequestHead::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

void append_response_head(std::string& out, int status, const Headers& headers) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(status), 10);
  out.append(" ").append(reason_phrase(status)).append("\r\n");
  append_fields(out, headers);
}

void append_request_head(std::string& out, std::string_view method, std::string_view target, const Headers& headers) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out.reserve(out.size() + target.size() + kRequestLineBytes);
  out.append(is_token(method) ? method : "GET").push_back(' ');
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
  };
  while (!target.empty()) {  // nothing in a target may end the request line
    const auto odd = std::ranges::find_if_not(target, plain);
    const auto clean = static_cast<std::size_t>(odd - target.begin());
    out.append(target.substr(0, clean));
    target.remove_prefix(clean);
    if (target.empty()) break;
    const auto byte = static_cast<unsigned char>(target.front());
    out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    target.remove_prefix(1);
  }
  out.append(" HTTP/1.1\r\n");
  append_fields(out, headers);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 424: return "Failed Dependency";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 529: return "Overloaded";
    default: return "Unknown";
  }
}

void append_chunk_size(std::string& out, std::size_t size_bytes) {
  append_number(out, size_bytes, 16);
  out.append("\r\n");
}

}  // namespace stargate::codec::http1
