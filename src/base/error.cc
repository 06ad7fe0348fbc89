#include "base/error.h"

namespace stargate::base {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadRequest: return 400;
    case ErrorCode::kUnauthorized: return 401;
    case ErrorCode::kForbidden: return 403;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kMethodNotAllowed: return 405;
    case ErrorCode::kRequestTimeout: return 408;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kTooLarge: return 413;
    case ErrorCode::kUnsupportedMedia: return 415;
    case ErrorCode::kUnprocessable: return 422;
    case ErrorCode::kHeadersTooLarge: return 431;
    case ErrorCode::kRateLimited: return 429;
    case ErrorCode::kInternal: return 500;
    case ErrorCode::kNotImplemented: return 501;
    case ErrorCode::kBadGateway: return 502;
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kGatewayTimeout: return 504;
    case ErrorCode::kOverloaded: return 529;
    case ErrorCode::kCancelled: return 499;
    case ErrorCode::kClosed: return 502;
    case ErrorCode::kNotConfigured: return 500;
  }
  return 500;
}

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadRequest: return "bad_request";
    case ErrorCode::kUnauthorized: return "unauthorized";
    case ErrorCode::kForbidden: return "forbidden";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kMethodNotAllowed: return "method_not_allowed";
    case ErrorCode::kRequestTimeout: return "request_timeout";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kUnsupportedMedia: return "unsupported_media";
    case ErrorCode::kUnprocessable: return "unprocessable";
    case ErrorCode::kHeadersTooLarge: return "headers_too_large";
    case ErrorCode::kRateLimited: return "rate_limited";
    case ErrorCode::kInternal: return "internal";
    case ErrorCode::kNotImplemented: return "not_implemented";
    case ErrorCode::kBadGateway: return "bad_gateway";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kGatewayTimeout: return "gateway_timeout";
    case ErrorCode::kOverloaded: return "overloaded";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kClosed: return "closed";
    case ErrorCode::kNotConfigured: return "not_configured";
  }
  return "internal";
}

std::string_view name_of(ErrorSource source) {
  switch (source) {
    case ErrorSource::kClient: return "client";
    case ErrorSource::kUpstream: return "upstream";
    case ErrorSource::kInternal: return "internal";
  }
  return "internal";
}

namespace {

Failure make(ErrorCode code, ErrorSource source, Retry retry, std::string message) {
  Error error;
  error.code = code;
  error.source = source;
  error.retry = retry;
  error.message = std::move(message);
  return Failure(std::move(error));
}

}  // namespace

Failure fail(ErrorCode code, std::string message) {
  return make(code, ErrorSource::kInternal, Retry::kNo, std::move(message));
}

Failure client_error(ErrorCode code, std::string message, std::string param) {
  Failure failure = make(code, ErrorSource::kClient, Retry::kNo, std::move(message));
  failure.error().param = std::move(param);
  return failure;
}

Failure upstream_error(ErrorCode code, std::string message, Retry retry) {
  return make(code, ErrorSource::kUpstream, retry, std::move(message));
}

}  // namespace stargate::base
