#include "net/channel.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace stargate::net {

namespace {

constexpr std::size_t kVectorsMax = 64;
constexpr std::size_t kTlsRecordBytes = std::size_t{16} * 1024;
// A record this long is probably followed by another one, so the next read is worth trying without a wait.
constexpr std::size_t kLongRecordBytes = std::size_t{4} * 1024;

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "connection closed during the handshake" : reason;
}

}  // namespace

Channel::Channel(Core& core, TcpSocket socket) : core_(core), socket_(std::move(socket)), waiter_(core) {}

Channel::~Channel() = default;

ports::Task<Result<void>> Channel::handshake(SslPtr ssl, MonoTime deadline) {
  ssl_ = std::move(ssl);
  SSL_set_fd(ssl_.get(), socket_.native_handle());
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) break;
    const int why = SSL_get_error(ssl_.get(), result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
      const long verified = SSL_get_verify_result(ssl_.get());
      std::string reason = openssl_reason();
      if (verified != X509_V_OK) reason = X509_verify_cert_error_string(verified);
      co_return base::upstream_error(ErrorCode::kBadGateway, "TLS handshake failed: " + reason);
    }
    const Wake wake = co_await wait(why == SSL_ERROR_WANT_READ ? kRead : kWrite, deadline);
    if (wake == Wake::kTimeout) co_return base::fail(ErrorCode::kGatewayTimeout, "TLS handshake timed out");
    if (wake == Wake::kInterrupted) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  }
  maybe_readable_ = SSL_has_pending(ssl_.get()) == 1;
  co_return Result<void>{};
}

Channel::Outcome Channel::try_read(std::span<char> room) {
  if (!socket_.is_open()) return {Io::kFailed, 0};
  if (ssl_) return read_tls(room);
  for (;;) {
    const ssize_t got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) {
      const auto bytes = static_cast<std::size_t>(got);
      // What comes after a short read is announced by the next wait: arming looks at the socket's state afresh.
      maybe_readable_ = bytes == room.size();
      return {Io::kDone, bytes};
    }
    if (got == 0) return {Io::kEnd, 0};
    if (errno == EINTR) continue;
    maybe_readable_ = false;
    return {errno == EAGAIN || errno == EWOULDBLOCK ? Io::kBlocked : Io::kFailed, 0};
  }
}

Channel::Outcome Channel::read_tls(std::span<char> room) {
  ERR_clear_error();
  std::size_t got = 0;
  const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &got);
  if (result == 1) {
    tls_read_needs_write_ = false;
    maybe_readable_ = got == room.size() || got >= kLongRecordBytes || SSL_has_pending(ssl_.get()) == 1;
    return {Io::kDone, got};
  }
  return blocked_or_failed(result, true);
}

Channel::Outcome Channel::blocked_or_failed(int ssl_result, bool reading) {
  const int why = SSL_get_error(ssl_.get(), ssl_result);
  maybe_readable_ = maybe_readable_ && !reading;
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
    (reading ? tls_read_needs_write_ : tls_write_needs_read_) =
        why == (reading ? SSL_ERROR_WANT_WRITE : SSL_ERROR_WANT_READ);
    return {Io::kBlocked, 0};
  }
  // An end without close_notify is a truncation and counts as a failure: whoever reads until the end must not
  // take a cut answer for a whole one.
  return {why == SSL_ERROR_ZERO_RETURN && reading ? Io::kEnd : Io::kFailed, 0};
}

Channel::Outcome Channel::try_write(Gather& pieces) {
  if (!socket_.is_open()) return {Io::kFailed, 0};
  if (pieces.done()) return {Io::kDone, 0};
  if (ssl_) return write_tls(pieces);
  std::size_t total = 0;
  while (!pieces.done()) {
    std::array<iovec, kVectorsMax> vectors;
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = pieces.fill(vectors);
    std::size_t offered = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) offered += vectors[i].iov_len;
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (total > 0) break;  // the next attempt reports it
      return {errno == EAGAIN || errno == EWOULDBLOCK ? Io::kBlocked : Io::kFailed, 0};
    }
    pieces.advance(static_cast<std::size_t>(sent));
    total += static_cast<std::size_t>(sent);
    if (static_cast<std::size_t>(sent) < offered) break;
  }
  return {Io::kDone, total};
}

Channel::Outcome Channel::write_tls(Gather& pieces) {
  // One record for many small pieces. Not the core's scratch: a piece may lie in it.
  thread_local std::array<char, kTlsRecordBytes> record;
  std::size_t total = 0;
  while (!pieces.done()) {
    std::string_view next = pieces.front();
    if (next.size() < record.size()) next = {record.data(), pieces.copy(record)};
    next = next.substr(0, record.size());
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(ssl_.get(), next.data(), next.size(), &sent);
    if (result != 1) {
      const Outcome outcome = blocked_or_failed(result, false);
      if (outcome.io == Io::kFailed || total == 0) return outcome;
      break;
    }
    tls_write_needs_read_ = false;
    pieces.advance(sent);
    total += sent;
  }
  return {Io::kDone, total};
}

ports::Task<Wake> Channel::wait(unsigned interest, MonoTime deadline) {
  unsigned events = 0;
  if ((interest & kRead) != 0) events |= tls_read_needs_write_ ? kWrite : kRead;
  if ((interest & kWrite) != 0) events |= tls_write_needs_read_ ? kRead : kWrite;
  interest_ = events;
  if (interrupted_ || !socket_.is_open()) {
    // Through the loop, as every other wake.
    core_.post([self = shared_from_this()] { self->waiter_.wake(Wake::kInterrupted); });
  } else {
    arm(events);
  }
  return waiter_.wait(deadline);
}

void Channel::arm(unsigned interest) {
  // The handlers own the channel, so that it is there when the closing of the socket completes them.
  if ((interest & kRead) != 0 && !read_armed_) {
    read_armed_ = true;
    socket_.async_wait(TcpSocket::wait_read,
                       [self = shared_from_this()](const boost::system::error_code&) { self->on_event(kRead); });
  }
  if ((interest & kWrite) != 0 && !write_armed_) {
    write_armed_ = true;
    socket_.async_wait(TcpSocket::wait_write,
                       [self = shared_from_this()](const boost::system::error_code&) { self->on_event(kWrite); });
  }
}

void Channel::on_event(Interest which) {
  (which == kRead ? read_armed_ : write_armed_) = false;
  if (!socket_.is_open()) return;
  if (which == kRead) maybe_readable_ = true;
  if (waiter_.waiting() && (interest_ & which) != 0) {
    waiter_.wake(Wake::kReady);
  } else if (which == kRead && watcher_ != nullptr) {
    watcher_->on_readable();
  }
}

ports::Task<Result<void>> Channel::write_all(Gather pieces, Duration stall, MonoTime deadline) {
  for (;;) {
    const Outcome outcome = try_write(pieces);
    if (outcome.io == Io::kFailed) co_return base::fail(ErrorCode::kClosed, "the connection is closed");
    if (pieces.done()) co_return Result<void>{};
    if (outcome.io == Io::kDone) continue;
    const MonoTime until = std::min(deadline, Core::now() + stall);
    const Wake wake = co_await wait(kWrite, until);
    if (wake == Wake::kTimeout) co_return base::fail(ErrorCode::kGatewayTimeout, "the peer takes no more bytes");
    if (wake == Wake::kInterrupted) co_return base::fail(ErrorCode::kCancelled, "cancelled");
  }
}

void Channel::watch(Watcher* watcher) {
  watcher_ = watcher;
  if (watcher != nullptr && socket_.is_open()) arm(kRead);
}

void Channel::watch_for_reset(Watcher* watcher) {
  watcher_ = watcher;
  if (error_armed_ || !socket_.is_open()) return;
  error_armed_ = true;
  socket_.async_wait(TcpSocket::wait_error, [self = shared_from_this()](const boost::system::error_code&) {
    self->error_armed_ = false;
    if (self->socket_.is_open() && self->watcher_ != nullptr) self->watcher_->on_readable();
  });
}

bool Channel::is_reset() const {
  pollfd state{const_cast<TcpSocket&>(socket_).native_handle(), 0, 0};  // errors are reported unasked
  return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLHUP)) != 0;
}

void Channel::interrupt() {
  if (interrupted_) return;
  interrupted_ = true;
  waiter_.wake_soon(Wake::kInterrupted);
}

void Channel::shutdown_send() {
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  boost::system::error_code ignored;
  socket_.shutdown(TcpSocket::shutdown_send, ignored);
}

void Channel::close() {
  watcher_ = nullptr;
  // Else OpenSSL takes the session for broken and it could not be resumed (RFC 5246 §7.2.1 has given that rule up).
  if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace stargate::net
