#include "net/session.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace stargate::net {

namespace http1 = codec::http1;

namespace {

// What a body announces is reserved up to this much before the handler has agreed to read it.
constexpr std::size_t kEarlyReserveBytes = std::size_t{1} * 1024 * 1024;
// Below this the copy costs less than the read that may follow to find the socket empty.
constexpr std::size_t kStraightReadBytesMin = std::size_t{8} * 1024;

bool only_line_ends(std::string_view bytes) { return bytes.find_first_not_of("\r\n") == std::string_view::npos; }

}  // namespace

Session::Session(std::shared_ptr<Channel> channel, std::string peer, ports::Handler& handler,
                 const ServerSettings& settings, ServerCounters& counters)
    : core_(channel->core()),
      channel_(std::move(channel)),
      peer_(std::move(peer)),
      handler_(handler),
      settings_(settings),
      counters_(counters),
      parser_(settings.head) {
  ++counters_.open;
}

Session::~Session() {
  channel_->close();
  --counters_.open;
}

ports::Task<void> Session::run(SslPtr tls) {
  if (tls) {
    auto shaken = co_await channel_->handshake(std::move(tls), Core::now() + settings_.handshake_timeout);
    if (!shaken) {
      ++counters_.tls_failures;
      channel_->close();
      co_return;
    }
  }
  for (;;) {
    const Next next = co_await read_head();
    if (next == Next::kClose) break;
    co_await serve_request();
    const bool again = co_await finish_request();
    if (!again) break;
    reset_request();
  }
  if (linger_) co_await linger();
  channel_->close();
}

void Session::reset_request() {
  parser_.reset();
  body_.clear();
  if (body_.capacity() > kEarlyReserveBytes) body_.shrink_to_fit();
  body_error_.reset();
  started_ = ended_ = keep_alive_ = head_begun_ = false;
  idle_ = true;
}

// Parses what has arrived; true when the head is whole. What follows the head is taken into the body as far as it
// belongs there.
Result<bool> Session::feed_head(std::string_view fresh) {
  const bool buffered = !input_.empty();
  if (buffered) input_.append(fresh);
  if (!head_begun_ && !only_line_ends(buffered ? std::string_view(input_) : fresh)) {
    head_begun_ = true;
    head_began_at_ = Core::now();
  }
  const std::string_view bytes = buffered ? std::string_view(input_) : fresh;
  Result<std::size_t> taken = parser_.parse_head(bytes);
  if (!taken) return std::unexpected(std::move(taken.error()));
  if (!parser_.head_done()) {
    if (buffered) {
      input_.erase(0, *taken);
    } else {
      input_.assign(bytes.substr(*taken));
    }
    if (input_.size() > settings_.head.bytes_max) {
      return base::client_error(ErrorCode::kHeadersTooLarge, "the request's head is too large");
    }
    return false;
  }
  if (buffered) {
    input_.erase(0, *taken);
    std::string rest = std::exchange(input_, {});
    Result<void> fed = feed_body(rest);
    if (!fed) body_error_ = std::move(fed.error());
  } else {
    Result<void> fed = feed_body(bytes.substr(*taken));
    if (!fed) body_error_ = std::move(fed.error());
  }
  return true;
}

// Decodes what belongs to the present request's body; the rest is the beginning of the next request.
Result<void> Session::feed_body(std::string_view fresh) {
  if (!fresh.empty() && !parser_.body_done()) {
    if (body_.empty()) {
      const std::uint64_t announced = parser_.head().content_length.value_or(0);
      body_.reserve(std::min<std::uint64_t>(announced, kEarlyReserveBytes) + base::kJsonPadding);
    }
    Result<std::size_t> taken = parser_.parse_body(fresh, body_);
    if (!taken) return std::unexpected(std::move(taken.error()));
    fresh.remove_prefix(*taken);
  }
  input_.append(fresh);
  return {};
}

ports::Task<Session::Next> Session::read_head() {
  patience_over_ = Core::now() + (last_ ? kLastRequestPatience : settings_.idle_timeout);
  patient_ = true;
  Result<bool> whole = false;
  if (!input_.empty()) whole = feed_head({});
  for (;;) {
    if (!whole) break;
    if (*whole) {
      patient_ = false;
      co_return Next::kRequest;
    }
    if (head_begun_ && idle_) {
      idle_ = false;
      patience_over_ = Core::now() + (draining_ ? std::min<Duration>(kLastRequestPatience, settings_.head_timeout)
                                                : settings_.head_timeout);
    }
    if (idle_ && draining_ && !last_) co_return Next::kClose;
    if (!channel_->maybe_readable()) {
      const Wake wake = co_await channel_->wait(Channel::kRead, patience_over_);
      if (wake == Wake::kTimeout && Core::now() < patience_over_) continue;  // drain() has made it sooner
      if (wake == Wake::kTimeout && !idle_) {
        whole = base::client_error(ErrorCode::kRequestTimeout, "the request's head did not arrive in time");
        break;
      }
      if (wake != Wake::kReady) co_return Next::kClose;
    }
    const std::span<char> scratch = core_.scratch();
    const Channel::Outcome read = channel_->try_read(scratch);
    if (read.io == Channel::Io::kBlocked) continue;
    if (read.io != Channel::Io::kDone) co_return Next::kClose;
    whole = feed_head({scratch.data(), read.bytes});
  }
  patient_ = false;
  co_await refuse(whole.error());
  co_return Next::kClose;
}

ports::Task<void> Session::refuse(const Error& error) {
  idle_ = false;  // what follows has its own patience, also while draining
  ++(error.code == ErrorCode::kRequestTimeout ? counters_.timeouts : counters_.malformed);
  const http1::RequestHead seen = parser_.glimpse();
  const ports::Refusal refusal = handler_.refusal(seen, peer_, Core::now() - head_began_at_, error);
  make_head(refusal.head, refusal.body.size());
  out_.assign({head_out_});
  if (seen.method != "HEAD") out_.emplace_back(refusal.body);
  if (!send_now()) co_await send_rest();
  linger_ = !gone_;
}

ports::Task<void> Session::serve_request() {
  idle_ = false;
  in_request_ = true;
  cancel_.emplace();
  last_ = false;
  ++counters_.requests;
  ++counters_.active;
  const http1::RequestHead& request = parser_.head();
  keep_alive_ = request.keep_alive;
  if (parser_.body_done()) channel_->watch(this);
  bool threw = false;
  try {
    co_await handler_.serve(*this);
  } catch (const std::exception&) {
    threw = true;
  }
  channel_->watch(nullptr);
  if (!started_ && !gone_) {
    keep_alive_ = keep_alive_ && !threw;
    const Failure unanswered = base::fail(ErrorCode::kInternal, "the request was left without an answer");
    ports::Refusal refusal = handler_.refusal(request, peer_, Core::now() - head_began_at_, unanswered.error());
    co_await respond(std::move(refusal.head), std::move(refusal.body));
  }
  in_request_ = false;
  --counters_.active;
}

// True when the connection may carry another request.
ports::Task<bool> Session::finish_request() {
  if (gone_) {
    ++counters_.disconnects;
    co_return false;
  }
  // An answer that was begun and not ended must not look whole: a chunked one lacks its last chunk.
  if (!ended_) co_return false;
  if (keep_alive_ && !parser_.body_done()) {
    auto skipped = co_await skip_body();
    if (!skipped) co_return false;
  }
  linger_ = !keep_alive_ && (!parser_.body_done() || !input_.empty());
  if (!keep_alive_ && !linger_) channel_->shutdown_send();
  co_return keep_alive_;
}

ports::Task<Result<void>> Session::skip_body() {
  const MonoTime deadline = Core::now() + settings_.body_stall_timeout;
  while (!parser_.body_done()) {
    body_.clear();
    auto read = co_await read_more_body(deadline);
    if (!read) co_return read;
  }
  co_return Result<void>{};
}

// Closing a socket with unread bytes resets the connection, and the client may lose the answer (RFC 9112 §9.6).
ports::Task<void> Session::linger() {
  channel_->shutdown_send();
  patience_over_ = Core::now() + (draining_ ? kLastRequestPatience : kLingerTime);
  patient_ = true;
  std::size_t skipped_bytes = 0;
  while (skipped_bytes < kLingerBytesMax) {
    const Channel::Outcome read = channel_->try_read(core_.scratch());
    skipped_bytes += read.bytes;
    if (read.io == Channel::Io::kDone) continue;
    if (read.io != Channel::Io::kBlocked) co_return;
    const MonoTime stalled = Core::now() + kLingerStall;
    const Wake wake = co_await channel_->wait(Channel::kRead, std::min(patience_over_, stalled));
    if (wake == Wake::kTimeout && Core::now() < std::min(patience_over_, stalled)) continue;
    if (wake != Wake::kReady) co_return;
  }
}

// Without a copy on the way: most requests are large, and nothing of theirs has to be decoded.
Channel::Outcome Session::read_into_body(std::size_t room) {
  const std::size_t held = body_.size();
  Channel::Outcome read{Channel::Io::kFailed, 0};
  body_.resize_and_overwrite(held + room, [&](char* bytes, std::size_t) {
    read = channel_->try_read({bytes + held, room});
    return held + read.bytes;
  });
  parser_.skip_length(read.bytes);
  return read;
}

// Reads once and decodes. Errors: kRequestTimeout, kBadRequest, kCancelled (the client is gone, or drain's patience
// with a body that is still coming is over: then an answer can be given).
ports::Task<Result<void>> Session::read_more_body(MonoTime deadline) {
  for (;;) {
    if (!channel_->maybe_readable()) {
      const MonoTime until = std::min(deadline, Core::now() + settings_.body_stall_timeout);
      const ports::Cancel::Hook hook(*cancel_, [this] { channel_->give_up_wait(); });
      Wake wake = Wake::kTimeout;
      if (!cancel_->requested()) wake = co_await channel_->wait(Channel::kRead, until);
      if (wake == Wake::kTimeout && cancel_->requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
      if (wake == Wake::kTimeout) {
        co_return base::client_error(ErrorCode::kRequestTimeout, "the request's body did not arrive in time");
      }
      if (wake == Wake::kInterrupted) co_return gone();
    }
    const std::uint64_t left = parser_.length_left();
    const std::size_t room = std::min<std::uint64_t>(left, body_.capacity() - body_.size());
    const bool straight = room >= kStraightReadBytesMin;
    const std::span<char> scratch = core_.scratch();
    const Channel::Outcome read = straight ? read_into_body(room) : channel_->try_read(scratch);
    if (read.io == Channel::Io::kBlocked) continue;
    if (read.io != Channel::Io::kDone) co_return gone();
    if (straight) co_return Result<void>{};
    co_return feed_body({scratch.data(), read.bytes});
  }
}

void Session::on_readable() {
  for (;;) {
    const bool full = input_.size() >= kPipelinedBytesMax;
    if (full && !channel_->is_reset()) {
      channel_->watch_for_reset(this);
      return;
    }
    std::span<char> room = core_.scratch();
    if (!full) room = room.first(std::min(room.size(), kPipelinedBytesMax - input_.size()));
    const Channel::Outcome read = full ? Channel::Outcome{Channel::Io::kFailed, 0} : channel_->try_read(room);
    if (read.io == Channel::Io::kBlocked) break;
    if (read.io != Channel::Io::kDone) {
      gone_ = true;
      channel_->interrupt();  // a write may be waiting for room that will never come
      cancel_->request();
      return;
    }
    input_.append(room.data(), read.bytes);
    if (!channel_->maybe_readable()) break;
  }
  channel_->watch(this);
}

void Session::drain() {
  draining_ = true;
  if (idle_) channel_->interrupt();
  if (idle_ || !patient_) return;
  patience_over_ = std::min(patience_over_, Core::now() + kLastRequestPatience);
  channel_->give_up_wait();  // it goes on with the new deadline
}

void Session::serve_last() { draining_ = last_ = true; }

void Session::cancel_request() {
  if (in_request_) {
    cancel_->request();
  } else {
    channel_->interrupt();
  }
}

void Session::abort() { channel_->interrupt(); }

}  // namespace stargate::net
