// The half of Session that serves ports::Downstream: the request's body in, the answer out.
#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"
#include "net/session.h"

namespace stargate::net {

namespace http1 = codec::http1;

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

// RFC 9110 §6.4.1 and §15.3.5: these have no content whatever their fields say.
bool has_no_content(int status) { return status == 204 || status == 304 || status < 200; }

}  // namespace

Failure Session::gone() {
  gone_ = true;
  if (cancel_) cancel_->request();
  return base::fail(ErrorCode::kCancelled, "the client is gone");
}

ports::Task<Result<std::string>> Session::read_body(std::size_t bytes_max) {
  const http1::RequestHead& request = parser_.head();
  if (request.content_length.value_or(0) > bytes_max) {
    co_return base::client_error(ErrorCode::kTooLarge, "the request's body is too large");
  }
  if (request.expect_continue && !parser_.body_done() && body_.empty() && request.version_minor >= 1) {
    out_.assign({kContinue});
    Result<void> sent;
    if (!send_now()) sent = co_await send_rest();
    if (!sent) co_return std::unexpected(std::move(sent.error()));
  }
  if (request.content_length && !parser_.body_done()) body_.reserve(*request.content_length + base::kJsonPadding);
  const MonoTime deadline = Core::now() + settings_.body_timeout;
  for (;;) {
    if (body_error_) co_return std::unexpected(*body_error_);
    if (body_.size() > bytes_max || parser_.body_bytes_announced() > bytes_max - body_.size()) {
      co_return base::client_error(ErrorCode::kTooLarge, "the request's body is too large");
    }
    if (parser_.body_done()) break;
    auto read = co_await read_more_body(deadline);
    if (read) continue;
    if (read.error().code == ErrorCode::kRequestTimeout) ++counters_.timeouts;
    if (read.error().code == ErrorCode::kBadRequest) ++counters_.malformed;
    body_error_ = std::move(read.error());
  }
  channel_->watch(this);
  body_.reserve(body_.size() + base::kJsonPadding);
  co_return std::exchange(body_, {});
}

// Whether to keep the connection is decided here, before the head goes out.
void Session::make_head(const http1::ResponseHead& head, std::optional<std::size_t> length) {
  const bool parsed = parser_.head_done();
  const bool http_1_0 = parsed && parser_.head().version_minor == 0;
  if (parsed && !parser_.body_done()) {
    const http1::RequestHead& request = parser_.head();
    const bool short_rest =
        !request.expect_continue && !body_error_ && request.content_length.value_or(UINT64_MAX) <= kSkippedBodyBytesMax;
    keep_alive_ = keep_alive_ && short_rest;
  }
  const bool to_head = parsed && parser_.head().method == "HEAD";
  if (length) {
    framing_ = to_head || has_no_content(head.status) ? Framing::kNoBody : Framing::kLength;
  } else if (to_head || has_no_content(head.status)) {
    framing_ = Framing::kNoBody;
  } else {
    framing_ = http_1_0 ? Framing::kUntilClose : Framing::kChunked;
  }
  keep_alive_ = keep_alive_ && !draining_ && framing_ != Framing::kUntilClose;

  head_out_.clear();
  http1::append_response_head(head_out_, head.status, head.headers);
  head_out_.resize(head_out_.size() - kLineEnd.size());  // the empty line; it comes again below
  head_out_.append("Date: ").append(core_.http_date()).append(kLineEnd);
  if (length) {
    if (!has_no_content(head.status)) {
      head_out_.append("Content-Length: ").append(std::to_string(*length)).append(kLineEnd);
    }
  } else if (!http_1_0 && !has_no_content(head.status)) {
    head_out_.append("Transfer-Encoding: chunked\r\n");
  }
  if (!keep_alive_) {
    head_out_.append("Connection: close\r\n");
  } else if (http_1_0) {
    head_out_.append("Connection: keep-alive\r\n");
  }
  head_out_.append(kLineEnd);
}

// Sends what out_ names as far as the kernel takes it at once: nearly always everything, and then no coroutine is
// needed. False: send_rest() goes on.
bool Session::send_now() {
  unsent_ = Gather(out_);
  if (gone_) return false;
  channel_->try_write(unsent_);
  return unsent_.done();
}

// Errors: kCancelled, whatever the reason: nothing more can be sent.
ports::Task<Result<void>> Session::send_rest() {
  if (gone_) co_return gone();
  auto sent = co_await channel_->write_all(unsent_, settings_.write_stall_timeout);
  if (sent) co_return Result<void>{};
  if (sent.error().code == ErrorCode::kGatewayTimeout) ++counters_.stalled;
  co_return gone();
}

namespace {

// Fields that this room alone decides on.
void remove_framing(http1::Headers& headers) {
  for (const std::string_view name : {"Content-Length", "Transfer-Encoding", "Connection", "Date"}) {
    if (headers.has(name)) headers.remove(name);
  }
}

}  // namespace

ports::Task<Result<void>> Session::respond(http1::ResponseHead head, std::string body) {
  if (started_) co_return base::fail(ErrorCode::kInternal, "a second answer to one request");
  started_ = true;
  remove_framing(head.headers);
  make_head(head, body.size());
  out_.assign({head_out_});
  if (framing_ == Framing::kLength) out_.emplace_back(body);
  Result<void> sent;
  if (!send_now()) sent = co_await send_rest();
  ended_ = sent.has_value();
  co_return sent;
}

ports::Task<Result<void>> Session::begin(http1::ResponseHead head) {
  if (started_) co_return base::fail(ErrorCode::kInternal, "a second answer to one request");
  started_ = true;
  remove_framing(head.headers);
  make_head(head, std::nullopt);
  if (gone_) co_return gone();
  co_return Result<void>{};
}

ports::Task<Result<void>> Session::write(std::span<const std::string_view> pieces) {
  if (!started_ || ended_) co_return base::fail(ErrorCode::kInternal, "write() outside of begin() and end()");
  std::size_t size_bytes = 0;
  for (const std::string_view piece : pieces) size_bytes += piece.size();
  out_.clear();
  if (!head_out_.empty()) out_.emplace_back(head_out_);
  if (size_bytes > 0 && framing_ != Framing::kNoBody) {
    if (framing_ == Framing::kChunked) {
      chunk_line_.clear();
      http1::append_chunk_size(chunk_line_, size_bytes);
      out_.emplace_back(chunk_line_);
    }
    out_.insert(out_.end(), pieces.begin(), pieces.end());
    if (framing_ == Framing::kChunked) out_.emplace_back(kLineEnd);
  }
  if (out_.empty()) co_return gone_ ? Result<void>(gone()) : Result<void>{};
  Result<void> sent;
  if (!send_now()) sent = co_await send_rest();
  head_out_.clear();
  co_return sent;
}

ports::Task<Result<void>> Session::end() {
  if (!started_ || ended_) co_return base::fail(ErrorCode::kInternal, "end() outside of an answer");
  out_.clear();
  if (!head_out_.empty()) out_.emplace_back(head_out_);
  if (framing_ == Framing::kChunked) out_.emplace_back(kLastChunk);
  if (!out_.empty()) {
    Result<void> sent;
    if (!send_now()) sent = co_await send_rest();
    if (!sent) co_return sent;
  }
  head_out_.clear();
  ended_ = true;
  co_return Result<void>{};
}

}  // namespace stargate::net
