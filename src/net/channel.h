// A byte channel over one TCP connection, plain or TLS, that holds no buffer while it waits.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/error.h"
#include "base/time.h"
#include "net/core.h"
#include "net/gather.h"
#include "net/waiter.h"
#include "ports/task.h"

namespace stargate::net {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

// Non-blocking attempts (try_*) and waits for readiness (wait). A wait for reading that is given up for a deadline
// stays armed at the socket, so nothing is lost and nothing is armed twice; when no coroutine waits for reading, a
// Watcher hears of it instead. At most one coroutine waits at a time. Always owned by shared_ptr: armed waits keep it
// alive until they have been told that the socket is closed. One core, its thread only.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  enum class Io : std::uint8_t {
    kDone,     // `bytes` were moved
    kBlocked,  // nothing now: wait
    kEnd,      // reading: the peer has closed its side in order
    kFailed,   // reset, TLS failure, ...: the connection is of no more use
  };
  struct Outcome {
    Io io;
    std::size_t bytes;
  };
  enum Interest : std::uint8_t { kRead = 1, kWrite = 2 };

  // Hears that something (bytes, the end, an error) may be read while no coroutine waits for it. Called from the event
  // loop; it may close the channel.
  class Watcher {
   public:
    virtual void on_readable() = 0;

   protected:
    ~Watcher() = default;
  };

  Channel(Core& core, TcpSocket socket);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  // Speaks TLS from here on. `ssl` must be set to accept or connect. Errors: kBadGateway with OpenSSL's reason,
  // kGatewayTimeout, kCancelled.
  ports::Task<Result<void>> handshake(SslPtr ssl, MonoTime deadline);
  [[nodiscard]] SSL* ssl() { return ssl_.get(); }

  Outcome try_read(std::span<char> room);
  // Sends as much as the kernel takes and advances `pieces`. kDone: at least a byte went out. With TLS, an attempt that
  // was blocked must be repeated with the same bytes.
  Outcome try_write(Gather& pieces);

  // False when the last read took all there was: then wait first, and spare the system call.
  [[nodiscard]] bool maybe_readable() const { return maybe_readable_; }

  // Until one of `interest` is possible (or may be: try again), the deadline, or interrupt().
  ports::Task<Wake> wait(unsigned interest, MonoTime deadline);

  // Writes everything; each stop of progress is bounded by `stall` and everything by `deadline`.
  // Errors: kClosed (peer gone), kGatewayTimeout (stalled), kCancelled (interrupted).
  ports::Task<Result<void>> write_all(Gather pieces, Duration stall, MonoTime deadline = MonoTime::max());

  // While set, the watcher hears of readability; nullptr ends it. Arms the wait.
  void watch(Watcher* watcher);

  // As watch(), but hears only of a reset: for a watcher that has no room to read what lies there.
  void watch_for_reset(Watcher* watcher);
  [[nodiscard]] bool is_reset() const;

  // Ends the present wait and all later ones with kInterrupted, from the event loop's next turn on.
  void interrupt();
  [[nodiscard]] bool interrupted() const { return interrupted_; }

  // Ends the present wait only, with kTimeout, from the event loop's next turn on.
  void give_up_wait() { waiter_.wake_soon(Wake::kTimeout); }

  void shutdown_send();  // no more bytes will be written; reading goes on
  void close();          // at once; also what the destructor does
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  [[nodiscard]] TcpSocket& socket() { return socket_; }
  [[nodiscard]] Core& core() { return core_; }

 private:
  Outcome read_tls(std::span<char> room);
  Outcome write_tls(Gather& pieces);
  Outcome blocked_or_failed(int ssl_result, bool reading);
  void arm(unsigned interest);
  void on_event(Interest which);

  Core& core_;
  TcpSocket socket_;
  SslPtr ssl_;
  Waiter waiter_;
  Watcher* watcher_ = nullptr;
  unsigned interest_ = 0;  // of the present wait, in terms of socket events
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool error_armed_ = false;
  bool maybe_readable_ = true;
  bool interrupted_ = false;
  // TLS may have to write before it can read on and the other way round (key updates).
  bool tls_read_needs_write_ = false;
  bool tls_write_needs_read_ = false;
};

}  // namespace stargate::net
