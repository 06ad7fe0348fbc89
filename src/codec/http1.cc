// The parsers. HeadReader checks the bytes of a head, Beast its grammar, read_framing() what decides the body's length:
// each is stricter than the others somewhere, and a message must please all three.
#include "codec/http1.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/impl/basic_parser.ipp>

#include <algorithm>

#include "codec/http1_body.h"
#include "codec/http1_head.h"

namespace stargate::codec::http1 {
namespace {

namespace beast = boost::beast;

constexpr int kInterimHeadsMax = 16;
constexpr std::size_t kHeadBytesKept = 2048;

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

// Beast's head grammar over one contiguous head; keeps the start line and writes the fields to `headers`.
template <bool kRequest>
class HeadGrammar final : public beast::http::basic_parser<kRequest> {
 public:
  explicit HeadGrammar(Headers& headers) : headers_(headers) {}

  std::string_view method;  // of the parsed bytes
  std::string_view target;
  int status = 0;
  int version = 11;

  // Empty when the head is right.
  std::string parse(std::string_view head) {
    headers_.clear();
    this->header_limit(static_cast<std::uint32_t>(head.size() + 1));
    this->body_limit(boost::none);
    beast::error_code code;
    const std::size_t used = this->put(boost::asio::const_buffer(head.data(), head.size()), code);
    if (code) return code.message();
    if (used != head.size() || !this->is_header_done()) return "bad head";
    return {};
  }

 private:
  using Code = beast::error_code;
  using View = beast::string_view;

  void on_request_impl(beast::http::verb, View name, View path, int http_version, Code&) override {
    method = view_of(name);
    target = view_of(path);
    version = http_version;
  }
  void on_response_impl(int code, View, int http_version, Code&) override {
    status = code;
    version = http_version;
  }
  void on_field_impl(beast::http::field, View name, View value, Code&) override {
    headers_.add(view_of(name), view_of(value));
  }
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(View body, Code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Code&) override { return body.size(); }
  void on_finish_impl(Code&) override {}

  Headers& headers_;
};

// The room of a head of usual size is kept for the connection's next one.
template <class Head>
void clear_for_reuse(Head& head) {
  Headers room = std::move(head.headers);
  head = Head();
  room.clear();
  if (room.capacity_bytes() <= kHeadBytesKept) head.headers = std::move(room);
}

Failure bad_request(std::string_view why, bool too_large = false) {
  const auto code = too_large ? ErrorCode::kHeadersTooLarge : ErrorCode::kBadRequest;
  return base::client_error(code, std::string("malformed HTTP request: ").append(why));
}

Failure bad_response(std::string_view why, bool too_large = false) {
  const auto code = too_large ? ErrorCode::kHeadersTooLarge : ErrorCode::kBadGateway;
  return base::upstream_error(code, std::string("malformed HTTP response: ").append(why));
}

// Origin form, or "*" for OPTIONS (RFC 9112 §3.2). We are no proxy: absolute and authority form are refused.
bool good_target(std::string_view method, std::string_view target) {
  if (target == "*") return method == "OPTIONS";
  return target.starts_with('/') &&
         std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

// RFC 9112 §3.2: exactly one Host field; what could not stand in an authority is refused.
std::string_view host_flaw(const Headers& headers, int version_minor) {
  std::optional<std::string_view> host;
  for (const Header field : headers.fields()) {
    if (!iequals(field.name, "host")) continue;
    if (host) return "several Host fields";
    host = field.value;
  }
  if (!host) return version_minor == 0 ? std::string_view() : "no Host field";
  if (host->find_first_of(" \t,/\\@?#") != std::string::npos) return "a bad Host field";
  return {};
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(HeadLimits limits) : reader(limits, true), body(limits) {}

  Result<void> finish_head(std::string_view bytes) {
    HeadGrammar<true> grammar(head.headers);
    if (const std::string why = grammar.parse(bytes); !why.empty()) return bad_request(why);
    head.method = grammar.method;
    head.target = grammar.target;
    head.version_minor = grammar.version == 10 ? 0 : 1;
    if (!good_target(head.method, head.target)) return bad_request("the target is not in origin form");
    if (const auto flaw = host_flaw(head.headers, head.version_minor); !flaw.empty()) return bad_request(flaw);
    const auto framing = read_framing(head.headers, head.version_minor);
    if (!framing) return bad_request(framing.error().why);
    head.keep_alive = framing->keep_alive;
    head.chunked = framing->chunked;
    head.content_length = framing->content_length;
    head.expect_continue = head.version_minor >= 1 && iequals(head.headers.get("expect"), "100-continue");
    if (head.chunked) {
      body.start_chunked();
    } else {
      body.start_length(head.content_length.value_or(0));
    }
    done = true;
    return {};
  }

  HeadReader reader;
  BodyReader body;
  RequestHead head;
  bool done = false;
};

RequestParser::RequestParser(HeadLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

Result<std::size_t> RequestParser::parse_head(std::string_view bytes) {
  if (impl_->done || bytes.empty()) return 0;
  std::string_view head;
  const auto taken = impl_->reader.take(bytes, head);
  if (!taken) {
    impl_->reader.hold(bytes);
    return bad_request(taken.error().why, taken.error().too_large);
  }
  if (!head.empty()) {
    if (auto finished = impl_->finish_head(head); !finished) {
      impl_->reader.hold(bytes);
      return Failure(std::move(finished.error()));
    }
  }
  return *taken;
}

RequestHead RequestParser::glimpse() const { return impl_->done ? impl_->head : glimpse_request(impl_->reader.held()); }

bool RequestParser::head_done() const { return impl_->done; }
const RequestHead& RequestParser::head() const { return impl_->head; }

Result<std::size_t> RequestParser::parse_body(std::string_view bytes, std::string& out) {
  if (!impl_->done) return 0;
  std::size_t taken = 0;
  while (taken < bytes.size() && !impl_->body.done()) {
    std::string_view piece;
    const auto step = impl_->body.next(bytes.substr(taken), piece);
    if (!step) return bad_request(step.error().why);
    out.append(piece);
    taken += *step;
  }
  return taken;
}

bool RequestParser::body_done() const { return impl_->done && impl_->body.done(); }

std::uint64_t RequestParser::length_left() const { return impl_->done ? impl_->body.length_left() : 0; }

void RequestParser::skip_length(std::uint64_t bytes) { impl_->body.skip_length(bytes); }

std::uint64_t RequestParser::body_bytes_announced() const { return impl_->done ? impl_->body.announced() : 0; }

void RequestParser::reset() {
  impl_->reader.reset();
  impl_->body.start_empty();
  clear_for_reuse(impl_->head);
  impl_->done = false;
}

struct ResponseParser::Impl {
  explicit Impl(HeadLimits limits) : reader(limits, false), body(limits) {}

  Result<void> finish_head(std::string_view bytes) {
    HeadGrammar<false> grammar(head.headers);
    if (const std::string why = grammar.parse(bytes); !why.empty()) return bad_response(why);
    if (grammar.status < 100) return bad_response("a bad status");
    if (grammar.status == 101) return bad_response("101 was not asked for");
    if (grammar.status < 200) {
      if (++interim_heads > kInterimHeadsMax) return bad_response("too many interim responses");
      reader.reset();
      return {};
    }
    const auto framing = read_framing(head.headers, grammar.version == 10 ? 0 : 1);
    if (!framing) return bad_response(framing.error().why);
    head.status = grammar.status;
    head.keep_alive = framing->keep_alive;
    head.chunked = framing->chunked;
    head.content_length = framing->content_length;
    start_body();
    done = true;
    return {};
  }

  void start_body() {
    if (answer_to_head || head.status == 204 || head.status == 304) {
      body.start_empty();
    } else if (head.chunked) {
      body.start_chunked();
    } else if (head.content_length) {
      body.start_length(*head.content_length);
    } else {
      body.start_until_close();
      head.keep_alive = false;
    }
  }

  HeadReader reader;
  BodyReader body;
  ResponseHead head;
  bool done = false;
  bool answer_to_head = false;
  int interim_heads = 0;
};

ResponseParser::ResponseParser(HeadLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;
ResponseParser::~ResponseParser() = default;

void ResponseParser::reset(bool answer_to_head) {
  impl_->reader.reset();
  impl_->body.start_empty();
  clear_for_reuse(impl_->head);
  impl_->done = false;
  impl_->answer_to_head = answer_to_head;
  impl_->interim_heads = 0;
}

Result<std::size_t> ResponseParser::parse_head(std::string_view bytes) {
  std::size_t taken = 0;
  while (!impl_->done && taken < bytes.size()) {
    std::string_view head;
    const auto step = impl_->reader.take(bytes.substr(taken), head);
    if (!step) return bad_response(step.error().why, step.error().too_large);
    taken += *step;
    if (head.empty()) break;
    if (auto finished = impl_->finish_head(head); !finished) return Failure(std::move(finished.error()));
  }
  return taken;
}

bool ResponseParser::head_done() const { return impl_->done; }
const ResponseHead& ResponseParser::head() const { return impl_->head; }

Result<std::size_t> ResponseParser::parse_body(std::string_view bytes, std::string_view& piece) {
  piece = {};
  if (!impl_->done) return 0;
  const auto taken = impl_->body.next(bytes, piece);
  if (!taken) return bad_response(taken.error().why);
  return *taken;
}

bool ResponseParser::body_done() const { return impl_->done && impl_->body.done(); }

bool ResponseParser::finish_on_close() {
  if (!impl_->done) return false;
  if (impl_->body.until_close()) impl_->body.start_empty();
  return impl_->body.done();
}

}  // namespace stargate::codec::http1
