// A call to an HTTP server behind the gateway. Implemented by net's client and pool, and by the tests' script.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "codec/http1.h"
#include "ports/cancel.h"
#include "ports/task.h"

namespace stargate::ports {

struct Origin {
  std::string host;  // name or address, IPv6 without brackets
  std::uint16_t port = 443;
  bool tls = true;
  bool operator==(const Origin&) const = default;
};

struct UpstreamDeadlines {
  Duration connect = std::chrono::seconds(5);       // DNS, TCP, proxy and TLS together
  Duration first_byte = std::chrono::seconds(300);  // from the request's last byte to the answer's first
  Duration between_bytes = std::chrono::seconds(300);
  Duration total = std::chrono::seconds(3600);
};

// `headers` hold everything but Content-Length, which net adds; Host is given by the caller (it is signed).
// The bytes that `body` views must live until the answer's head has arrived: a stale pooled connection is replaced and
// the request sent once more from them.
struct UpstreamRequest {
  Origin origin;
  std::string method = "POST";
  std::string target = "/";
  codec::http1::Headers headers;
  std::vector<std::string_view> body;
  UpstreamDeadlines deadlines;
  bool direct = false;  // never through a proxy (the machine's own credential endpoints)
};

// One exchange in progress. Destroying it before the body's end closes the connection (the upstream stops); after the
// end the connection goes back to the pool.
class UpstreamExchange {
 public:
  virtual ~UpstreamExchange() = default;

  // Waits up to `patience` for the answer's head. True: head() is there. False: not yet, call again.
  // Errors: kBadGateway (refused, reset, not HTTP), kGatewayTimeout (first_byte or total), kCancelled.
  virtual Task<Result<bool>> wait_head(Duration patience) = 0;
  [[nodiscard]] virtual const codec::http1::ResponseHead& head() const = 0;

  // The next run of body bytes (transfer coding undone), valid until the next call. An empty view: the body has ended.
  // nullopt: nothing came within `patience`, call again. Errors: as wait_head; a body that was cut is kBadGateway.
  virtual Task<Result<std::optional<std::string_view>>> read_some(Duration patience) = 0;
};

class Upstream {
 public:
  virtual ~Upstream() = default;
  // Connects or reuses a connection and sends the request. `cancel` must outlive the exchange.
  virtual Task<Result<std::unique_ptr<UpstreamExchange>>> start(UpstreamRequest request, Cancel& cancel) = 0;
};

// Reads a whole answer of at most bytes_max. A convenience over start(), for small control calls.
struct WholeAnswer {
  codec::http1::ResponseHead head;
  std::string body;
};
Task<Result<WholeAnswer>> fetch_whole(Upstream& upstream, UpstreamRequest request, std::size_t bytes_max,
                                      Cancel& cancel);

// Files that a client's message names by URL (images, documents). Implemented by net with every guard against
// server-side request forgery: HTTPS only, no private, loopback, link-local or otherwise special address (checked on
// the address that is really connected to, after every redirect), bounded in bytes, time and redirects.
struct FetchedFile {
  std::string media_type;  // from Content-Type, without parameters, lower case
  std::string bytes;
};

// One file under way. Destroying it before its end gives the file up.
class FileFetch {
 public:
  virtual ~FileFetch() = default;

  // Waits up to `patience` for the file. nullopt: not yet, call again. Not to be called after a file or an error.
  // Errors: kBadRequest and kTooLarge in words for the client, kCancelled.
  virtual Task<Result<std::optional<FetchedFile>>> wait(Duration patience) = 0;
};

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // Begins at once and fails in wait(). `cancel` must outlive the fetch.
  virtual std::unique_ptr<FileFetch> start(std::string url, std::size_t bytes_max, Cancel& cancel) = 0;
};

}  // namespace stargate::ports
