// TLS towards upstreams: whom to trust, and sessions to resume.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "net/channel.h"

namespace stargate::net {

struct SslSessionDeleter {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

// The latest session ticket of one origin. Belongs to one core and outlives the connections that fill it.
class TlsSessionSlot {
 public:
  [[nodiscard]] SSL_SESSION* get() const { return session_.get(); }
  void put(SSL_SESSION* session) { session_.reset(session); }  // takes ownership

 private:
  std::unique_ptr<SSL_SESSION, SslSessionDeleter> session_;
};

// The chain is verified against the system's roots (and `ca_file`) and the certificate's names against the host,
// always. TLS 1.2 and 1.3. Immutable after creation: one for all cores.
class TlsClient {
 public:
  // `ca_file`: PEM with further roots, may be empty. Errors: kNotConfigured naming the file.
  static Result<std::unique_ptr<TlsClient>> create(const std::string& ca_file);

  // Ready to connect to `host` (a name, or an address without brackets). `slot` may be null: no resumption.
  [[nodiscard]] SslPtr connect(const std::string& host, TlsSessionSlot* slot) const;

 private:
  struct ContextDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, ContextDeleter> context_;
};

}  // namespace stargate::net
