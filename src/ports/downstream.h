// One request on its way in and its answer on the way out, as the gateway sees a client's connection.
// Implemented by net's server session and by the tests' recorder.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "codec/http1.h"
#include "ports/cancel.h"
#include "ports/task.h"

namespace stargate::ports {

// Contract: at most one of {respond} or {begin, write*, end} per request. Every awaited write is the back-pressure: it
// returns when the kernel has taken the bytes. kCancelled: the client is gone; nothing more can be sent.
// HEAD requests: the implementation sends the head and swallows the body.
class Downstream {
 public:
  virtual ~Downstream() = default;

  [[nodiscard]] virtual const codec::http1::RequestHead& head() const = 0;
  [[nodiscard]] virtual std::string_view peer() const = 0;  // "203.0.113.7:50123", for logs

  // Reads the whole body with transfer coding undone; sends "100 Continue" first when the client waits for it.
  // The string has capacity for base::kJsonPadding more bytes. Errors: kTooLarge (as soon as it is known),
  // kRequestTimeout, kBadRequest (bad framing), kCancelled. May be called once.
  virtual Task<Result<std::string>> read_body(std::size_t bytes_max) = 0;

  // A whole answer with Content-Length.
  virtual Task<Result<void>> respond(codec::http1::ResponseHead head, std::string body) = 0;

  // A streamed answer: the head goes out with the first write. Each write is one HTTP chunk and is not held back.
  // The pieces must live until the awaited write returns.
  virtual Task<Result<void>> begin(codec::http1::ResponseHead head) = 0;
  virtual Task<Result<void>> write(std::span<const std::string_view> pieces) = 0;
  virtual Task<Result<void>> end() = 0;

  // True once begin() or respond() was called: it is too late for another status.
  [[nodiscard]] virtual bool started() const = 0;

  // Requested when the client goes away (noticed also while nothing is being written) or drain's deadline is over.
  [[nodiscard]] virtual Cancel& cancel() = 0;

  // The client itself has left. False while only drain's deadline has requested the cancel: then an answer still
  // reaches the client.
  [[nodiscard]] virtual bool client_gone() const = 0;
};

// The answer to a request that the implementation of Downstream has to refuse by itself.
struct Refusal {
  codec::http1::ResponseHead head;
  std::string body;
};

// Who answers requests. One per core; serve() must leave the Downstream answered unless the client is gone (for a
// handler that returns without an answer, refusal() is sent).
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Task<void> serve(Downstream& downstream) = 0;

  // Words a refusal in the asker's language and accounts for it. For what serve() never sees, a head that cannot be
  // read or does not come in time, or has left without an answer. `head` is as much of the request as could be read,
  // maybe nothing; `took`: since its first byte. Must not wait.
  virtual Refusal refusal(const codec::http1::RequestHead& head, std::string_view peer, Duration took,
                          const Error& error) = 0;
};

}  // namespace stargate::ports
