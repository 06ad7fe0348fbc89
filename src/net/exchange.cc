#include "net/exchange.h"

#include <algorithm>
#include <utility>

namespace stargate::net {

namespace http1 = codec::http1;

Exchange::Exchange(Client& client, ports::UpstreamRequest request, ports::Cancel& cancel, Addresses addresses)
    : client_(client),
      request_(std::move(request)),
      cancel_(cancel),
      hook_(cancel,
            [this] {
              // A connection whose answer is whole has nobody left to interrupt, and its next user must not be.
              if (connection_ && !ended_) connection_->channel->interrupt();
            }),
      addresses_(std::move(addresses)),
      total_deadline_(Core::after(request_.deadlines.total)) {
  if (addresses_.empty()) {
    if (!request_.direct) proxy_ = client_.settings_.proxies.proxy_for(request_.origin);
    place_ = &client_.pool_.place(request_.origin, proxy_ != nullptr);
  }
  make_request_head();
}

// The connection is given back here and not as soon as the answer is whole, because the answer's head lies in its
// parser.
Exchange::~Exchange() {
  client_.core_.give_buffer(std::move(buffer_));
  const bool reusable =
      ended_ && place_ != nullptr && sent_ && connection_ && connection_->parser.head().keep_alive && arrived_.empty();
  if (reusable) client_.pool_.put(*place_, std::move(connection_));
}

void Exchange::make_request_head() {
  std::size_t body_bytes = 0;
  for (const std::string_view piece : request_.body) body_bytes += piece.size();
  const bool absolute = proxy_ != nullptr && !request_.origin.tls;
  const std::string absolute_target =
      absolute ? "http://" + authority_of(request_.origin.host, request_.origin.port) + request_.target : "";
  http1::append_request_head(request_head_, request_.method, absolute ? absolute_target : request_.target,
                             request_.headers);
  const bool with_body = body_bytes > 0 || request_.method == "POST" || request_.method == "PUT";
  if (absolute || with_body) {
    request_head_.resize(request_head_.size() - 2);  // the empty line; it comes again below
    if (with_body) request_head_.append("Content-Length: ").append(std::to_string(body_bytes)).append("\r\n");
    if (absolute && !proxy_->authorization.empty()) {
      request_head_.append("Proxy-Authorization: ").append(proxy_->authorization.reveal()).append("\r\n");
    }
    request_head_.append("\r\n");
  }
  out_.reserve(request_.body.size() + 1);
  out_.emplace_back(request_head_);
  out_.insert(out_.end(), request_.body.begin(), request_.body.end());
}

Failure Exchange::fail(ErrorCode code, std::string message) {
  release_connection();
  return base::upstream_error(code, std::move(message));
}

Failure Exchange::timed_out() {
  const bool total = Core::now() >= total_deadline_;
  std::string message = "the upstream did not answer in time";
  if (total) {
    message = "the upstream took longer than a request may take";
  } else if (any_byte_) {
    message = "the upstream fell silent in the middle of its answer";
  }
  return fail(ErrorCode::kGatewayTimeout, std::move(message));
}

void Exchange::release_connection() {
  if (connection_ && head_done_) kept_head_ = connection_->parser.head();
  connection_.reset();
}

const http1::ResponseHead& Exchange::head() const { return connection_ ? connection_->parser.head() : kept_head_; }

bool Exchange::may_resend() const { return connection_ && connection_->reused && !any_byte_ && !resent_; }

ports::Task<Result<void>> Exchange::connect() {
  connection_.reset();
  ConnectTarget target;
  target.origin = request_.origin;
  target.proxy = proxy_;
  target.tls_session = place_ != nullptr ? &place_->tls_session : nullptr;
  target.addresses = addresses_;
  const MonoTime deadline = std::min(total_deadline_, Core::after(request_.deadlines.connect));
  auto channel = co_await client_.connector_.connect(std::move(target), deadline, cancel_);
  if (!channel) co_return std::unexpected(std::move(channel.error()));
  connection_ = std::make_unique<Connection>(std::move(*channel), client_.counters_);
  co_return Result<void>{};
}

ports::Task<Result<void>> Exchange::open() {
  if (cancel_.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  if (place_ != nullptr && !resent_) connection_ = client_.pool_.take(*place_);
  if (!connection_) {
    auto connected = co_await connect();
    if (!connected) co_return connected;
  }
  for (;;) {
    connection_->parser.reset(request_.method == "HEAD");
    auto sent = co_await send();
    if (sent || !may_resend() || sent.error().code != ErrorCode::kBadGateway) {
      byte_deadline_ = Core::after(request_.deadlines.first_byte);
      co_return sent;
    }
    resent_ = true;
    ++client_.counters_.resends;
    auto connected = co_await connect();
    if (!connected) co_return connected;
  }
}

// An upstream may answer before it has read everything (a refusal of a large body), then close: the answer counts, and
// whatever of the request is still unsent stays so.
ports::Task<Result<void>> Exchange::send() {
  Channel& channel = *connection_->channel;
  Gather pieces(out_);
  sent_ = false;
  while (!pieces.done()) {
    const Channel::Outcome written = channel.try_write(pieces);
    if (pieces.done()) break;
    if (written.io == Channel::Io::kDone) continue;
    const bool broken = written.io == Channel::Io::kFailed;
    if (broken || channel.maybe_readable()) {
      const Got got = read_now();
      if (got == Got::kBytes) {
        Result<bool> whole = feed_head();
        if (!whole) co_return std::unexpected(std::move(whole.error()));
        if (*whole) co_return Result<void>{};
        continue;  // an interim answer, or the beginning of one
      }
      if (broken || got == Got::kEnd) {
        if (may_resend()) co_return base::upstream_error(ErrorCode::kBadGateway, "stale connection");
        co_return fail(ErrorCode::kBadGateway, "the upstream closed the connection before it had read the request");
      }
    }
    const MonoTime until = std::min(total_deadline_, Core::after(request_.deadlines.between_bytes));
    const Wake wake = co_await channel.wait(Channel::kRead | Channel::kWrite, until);
    if (wake == Wake::kTimeout) co_return fail(ErrorCode::kGatewayTimeout, "the upstream does not take the request");
    if (wake == Wake::kInterrupted) {
      release_connection();
      co_return base::fail(ErrorCode::kCancelled, "cancelled");
    }
  }
  sent_ = true;
  co_return Result<void>{};
}

// kTimeout here: nothing there now.
Exchange::Got Exchange::read_now() {
  if (!buffer_) buffer_ = client_.core_.take_buffer();
  const Channel::Outcome read = connection_->channel->try_read({buffer_.get(), Core::kBufferBytes});
  if (read.io == Channel::Io::kDone) {
    any_byte_ = true;
    arrived_ = {buffer_.get(), read.bytes};
    byte_deadline_ = Core::after(request_.deadlines.between_bytes);
    return Got::kBytes;
  }
  client_.core_.give_buffer(std::move(buffer_));
  return read.io == Channel::Io::kBlocked ? Got::kTimeout : Got::kEnd;
}

ports::Task<Exchange::Got> Exchange::read(MonoTime deadline) {
  Channel& channel = *connection_->channel;
  for (;;) {
    if (channel.maybe_readable()) {
      const Got got = read_now();
      if (got != Got::kTimeout) co_return got;
    }
    client_.core_.give_buffer(std::move(buffer_));
    const Wake wake = co_await channel.wait(Channel::kRead, deadline);
    if (wake == Wake::kTimeout) co_return Got::kTimeout;
    if (wake == Wake::kInterrupted) co_return Got::kInterrupted;
  }
}

// True: the head is whole, what follows it is in arrived_.
Result<bool> Exchange::feed_head() {
  http1::ResponseParser& parser = connection_->parser;
  if (!long_head_.empty()) {
    long_head_.append(arrived_);
    arrived_ = long_head_;
  }
  auto taken = parser.parse_head(arrived_);
  if (!taken) return fail(ErrorCode::kBadGateway, "the upstream's answer is not proper HTTP: " + taken.error().message);
  arrived_.remove_prefix(*taken);
  if (parser.head_done()) {
    head_done_ = true;
    return true;
  }
  if (arrived_.size() > kHeadBytesMax)
    return fail(ErrorCode::kBadGateway, "the head of the upstream's answer is too large");
  long_head_ = std::string(arrived_);
  arrived_ = {};
  return false;
}

ports::Task<Result<bool>> Exchange::wait_head(Duration patience) {
  if (head_done_) co_return true;
  if (!connection_) co_return base::fail(ErrorCode::kInternal, "the exchange has failed before");
  const MonoTime patience_over = Core::after(patience);
  for (;;) {
    if (!arrived_.empty()) {
      Result<bool> whole = feed_head();
      if (!whole || *whole) co_return whole;
    }
    const MonoTime hard = std::min(byte_deadline_, total_deadline_);
    const Got got = co_await read(std::min(patience_over, hard));
    if (got == Got::kTimeout) {
      if (Core::now() < hard) co_return false;
      co_return timed_out();
    }
    if (got == Got::kInterrupted) {
      release_connection();
      co_return base::fail(ErrorCode::kCancelled, "cancelled");
    }
    if (got == Got::kBytes) continue;
    if (!may_resend()) {
      co_return fail(ErrorCode::kBadGateway, any_byte_ ? "the upstream closed the connection within its answer's head"
                                                       : "the upstream closed the connection without an answer");
    }
    resent_ = true;
    ++client_.counters_.resends;
    connection_.reset();
    auto reopened = co_await open();
    if (!reopened) co_return std::unexpected(std::move(reopened.error()));
  }
}

ports::Task<Result<std::optional<std::string_view>>> Exchange::read_some(Duration patience) {
  if (ended_) co_return std::string_view();
  if (!head_done_ || !connection_) co_return base::fail(ErrorCode::kInternal, "read_some() without a head");
  const MonoTime patience_over = Core::after(patience);
  http1::ResponseParser& parser = connection_->parser;
  for (;;) {
    while (!arrived_.empty() && !parser.body_done()) {
      std::string_view piece;
      auto taken = parser.parse_body(arrived_, piece);
      const bool stuck = taken && *taken == 0 && piece.empty();
      if (!taken || stuck) co_return fail(ErrorCode::kBadGateway, "the upstream's answer is not proper HTTP");
      arrived_.remove_prefix(*taken);
      if (piece.empty()) continue;
      ended_ = parser.body_done();
      co_return piece;
    }
    if (parser.body_done()) {
      ended_ = true;
      co_return std::string_view();
    }
    const MonoTime hard = std::min(byte_deadline_, total_deadline_);
    const Got got = co_await read(std::min(patience_over, hard));
    if (got == Got::kBytes) continue;
    if (got == Got::kTimeout) {
      if (Core::now() < hard) co_return std::nullopt;
      co_return timed_out();
    }
    if (got == Got::kInterrupted) {
      release_connection();
      co_return base::fail(ErrorCode::kCancelled, "cancelled");
    }
    if (!parser.finish_on_close()) {
      co_return fail(ErrorCode::kBadGateway, "the upstream closed the connection in the middle of its answer");
    }
    ended_ = true;
    release_connection();
    co_return std::string_view();
  }
}

}  // namespace stargate::net
