// The one error type of the house. Every fallible function returns Result<T>; exceptions never cross a room.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace stargate::base {

// What went wrong, in terms a client's dialect can be chosen from. The HTTP status that each code becomes is
// decided by http_status(); the wording and body by the dialect's grammar.
enum class ErrorCode : std::uint8_t {
  kBadRequest,        // 400
  kUnauthorized,      // 401
  kForbidden,         // 403
  kNotFound,          // 404
  kMethodNotAllowed,  // 405
  kRequestTimeout,    // 408
  kConflict,          // 409
  kTooLarge,          // 413
  kUnsupportedMedia,  // 415
  kUnprocessable,     // 422
  kHeadersTooLarge,   // 431
  kRateLimited,       // 429
  kInternal,          // 500
  kNotImplemented,    // 501
  kBadGateway,        // 502: unreachable or answering garbage
  kUnavailable,       // 503
  kGatewayTimeout,    // 504: a deadline of ours or of the upstream
  kOverloaded,        // 529 for Messages clients, 503 for the others
  kCancelled,         // the caller went away; never shown to a client
  kClosed,            // the peer closed the connection
  kNotConfigured,     // "nothing here, go on", as opposed to "failed"
};

enum class ErrorSource : std::uint8_t { kClient, kUpstream, kInternal };

// Whether the same attempt may be made again by whoever hears of the error. A request that failed on a stale pooled
// connection is none of these: net sends it once more by itself.
enum class Retry : std::uint8_t { kNo, kYes };

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  ErrorSource source = ErrorSource::kInternal;
  Retry retry = Retry::kNo;
  std::string message;      // shown to the client when source is client or upstream
  int upstream_status = 0;  // HTTP status of the upstream's answer, 0 when there was none
  std::string type;         // upstream exception name ("ThrottlingException") or a dialect type, may be empty
  std::string param;        // the request member at fault ("messages.0.content"), may be empty
  int retry_after_s = 0;    // seconds, 0 = unknown
};

template <class T>
using Result = std::expected<T, Error>;

using Failure = std::unexpected<Error>;

// The HTTP status of a code; 529 is kept (the grammars that do not know it use 503).
int http_status(ErrorCode code);

// Snake-case name of the code, for logs and metrics ("bad_gateway").
std::string_view name_of(ErrorCode code);
std::string_view name_of(ErrorSource source);

Failure fail(ErrorCode code, std::string message);  // source: internal
Failure client_error(ErrorCode code, std::string message, std::string param = {});
Failure upstream_error(ErrorCode code, std::string message, Retry retry = Retry::kNo);

}  // namespace stargate::base

namespace stargate {
using base::Error;
using base::ErrorCode;
using base::ErrorSource;
using base::Failure;
using base::Result;
using base::Retry;
}  // namespace stargate
