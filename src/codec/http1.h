// HTTP/1.1 messages as bytes (RFC 9112): strict incremental parsing of heads and bodies, and writing of heads and
// chunks. No I/O. Parsing rests on boost::beast::http::basic_parser (see docs/adr), hidden in http1.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace stargate::codec::http1 {

// A field as it stands in a Headers; valid until that is changed or moved.
struct Header {
  std::string_view name;
  std::string_view value;
};

// Header fields in order of arrival. Names compare without case. All text lies in one buffer, so that a head costs two
// allocations and none when the object is used again.
class Headers {
 public:
  class Fields;
  void add(std::string_view name, std::string_view value);
  void reserve(std::size_t count);
  void clear();                                             // keeps the room
  void set(std::string_view name, std::string_view value);  // replaces all of that name
  void remove(std::string_view name);
  [[nodiscard]] std::string_view get(std::string_view name) const;  // the first; empty when absent
  [[nodiscard]] bool has(std::string_view name) const;
  // All values of that name joined by ", ".
  [[nodiscard]] std::string joined(std::string_view name) const;
  [[nodiscard]] Fields fields() const;
  [[nodiscard]] std::size_t capacity_bytes() const { return text_.capacity() + places_.capacity() * sizeof(Place); }

 private:
  struct Place {
    std::uint32_t begin = 0;  // of the name in text_; the value follows it
    std::uint32_t name_size = 0;
    std::uint32_t value_size = 0;
  };
  [[nodiscard]] Header at(const Place& place) const {
    return {{text_.data() + place.begin, place.name_size},
            {text_.data() + place.begin + place.name_size, place.value_size}};
  }
  // Not a string: g++ 12 moves some arguments of coroutines byte by byte, and a short string points into itself.
  std::vector<char> text_;
  std::vector<Place> places_;
};

class Headers::Fields {
 public:
  class Iterator {
   public:
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    Iterator(const Headers* headers, const Place* place) : headers_(headers), place_(place) {}
    Header operator*() const { return headers_->at(*place_); }
    Iterator& operator++() {
      ++place_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return place_ == other.place_; }

   private:
    const Headers* headers_;
    const Place* place_;
  };
  explicit Fields(const Headers& headers) : headers_(&headers) {}
  [[nodiscard]] Iterator begin() const { return {headers_, headers_->places_.data()}; }
  [[nodiscard]] Iterator end() const { return {headers_, headers_->places_.data() + size()}; }
  [[nodiscard]] std::size_t size() const { return headers_->places_.size(); }
  Header operator[](std::size_t index) const { return headers_->at(headers_->places_[index]); }

 private:
  const Headers* headers_;
};

inline Headers::Fields Headers::fields() const { return Fields(*this); }

bool iequals(std::string_view left, std::string_view right);  // ASCII case-insensitive

struct RequestHead {
  std::string method;  // as sent: methods are case-sensitive
  std::string target;  // as sent, origin form ("/v1/messages?beta=true") or "*" for OPTIONS
  Headers headers;
  int version_minor = 1;  // HTTP/1.<minor>
  bool keep_alive = true;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool expect_continue = false;
  [[nodiscard]] std::string_view path() const;
  [[nodiscard]] std::string_view query() const;
  [[nodiscard]] bool has_body() const { return chunked || (content_length && *content_length > 0); }
};

struct ResponseHead {
  int status = 200;
  Headers headers;
  bool keep_alive = true;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;  // neither this nor chunked: the body ends with the connection
};

struct HeadLimits {
  std::size_t bytes_max = 64 * 1024;  // request or status line and all fields
  std::size_t fields_max = 128;
};

// Parses one message after another from one connection. Give it what has arrived; it takes a prefix and says how much.
//
// Refused with kBadRequest (for requests; kBadGateway for responses): bare LF or CR, obs-fold, white space before the
// colon, control characters, several or malformed Content-Length, Content-Length together with Transfer-Encoding,
// transfer codings other than a final "chunked", bad chunk sizes, no or several Host (requests), a target that is not
// in origin form. Too many bytes or fields: kHeadersTooLarge. After an error the connection must be closed.
class RequestParser {
 public:
  explicit RequestParser(HeadLimits limits = {});
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  // Consumes bytes of the head. Returns how many were taken; done() tells when the head is whole. Bytes behind the
  // head are not taken. Leading empty lines (CRLF) before the request line are skipped.
  Result<std::size_t> parse_head(std::string_view bytes);
  [[nodiscard]] bool head_done() const;
  [[nodiscard]] const RequestHead& head() const;

  // What can be told of a head that was refused or is not whole: the request line, when that has come in order, and the
  // fields whose lines are right. Enough to choose the words of a refusal, and for nothing else.
  [[nodiscard]] RequestHead glimpse() const;

  // Consumes body bytes and appends the decoded ones to `out`; returns how many were taken. Stops when the body is
  // whole. The caller bounds out.size(). A chunked body's trailers are checked and dropped.
  Result<std::size_t> parse_body(std::string_view bytes, std::string& out);
  [[nodiscard]] bool body_done() const;
  // Body bytes that are announced and have not come: the rest of the body, or of the present chunk.
  [[nodiscard]] std::uint64_t body_bytes_announced() const;

  // For bodies that are read straight into their place: bytes still to come of a body with Content-Length (0 for every
  // other), and the word that so many of them, at most all, have been put there.
  [[nodiscard]] std::uint64_t length_left() const;
  void skip_length(std::uint64_t bytes);

  void reset();  // for the next message of the connection

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The same for responses. Interim (1xx) heads are skipped, except 101, which is refused.
class ResponseParser {
 public:
  explicit ResponseParser(HeadLimits limits = {});
  ResponseParser(ResponseParser&&) noexcept;
  ResponseParser& operator=(ResponseParser&&) noexcept;
  ~ResponseParser();

  void reset(bool answer_to_head);  // an answer to HEAD has no body whatever its fields say
  Result<std::size_t> parse_head(std::string_view bytes);
  [[nodiscard]] bool head_done() const;
  [[nodiscard]] const ResponseHead& head() const;
  // As RequestParser::parse_body, but what is decoded comes as a view into `bytes` (chunk payloads are contiguous):
  // `piece` is the next run of body bytes, possibly empty. Call again with the rest until all bytes are taken.
  Result<std::size_t> parse_body(std::string_view bytes, std::string_view& piece);
  [[nodiscard]] bool body_done() const;
  // The connection ended: true when that ends the body rightly (read-until-close), false when it was cut.
  [[nodiscard]] bool finish_on_close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Writing. Field values must hold no CR, LF or NUL; those that do are dropped (never split a response).
void append_response_head(std::string& out, int status, const Headers& headers);
void append_request_head(std::string& out, std::string_view method, std::string_view target, const Headers& headers);
std::string_view reason_phrase(int status);
// "1f\r\n": the line before a chunk of that size. A chunk ends with "\r\n", the body with "0\r\n\r\n".
void append_chunk_size(std::string& out, std::size_t size_bytes);

}  // namespace stargate::codec::http1
