// The certificate that the TLS listener shows.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/error.h"
#include "net/channel.h"

namespace stargate::net {

struct TlsFiles {
  std::string certificate_file;  // PEM, the leaf first, then its chain
  std::string key_file;          // PEM
};

// Certificate and key, read from files; reload() swaps them for the connections to come while those in progress keep
// theirs. TLS 1.2 and 1.3. Thread-safe: one for all cores.
class TlsServer {
 public:
  // Errors: kNotConfigured naming the file that cannot be read or does not fit.
  static Result<std::unique_ptr<TlsServer>> load(TlsFiles files);

  Result<void> reload();  // on failure the old certificate stays
  [[nodiscard]] SslPtr accept();

 private:
  explicit TlsServer(TlsFiles files) : files_(std::move(files)) {}

  TlsFiles files_;
  std::atomic<std::shared_ptr<SSL_CTX>> context_;
};

}  // namespace stargate::net
