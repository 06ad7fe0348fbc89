#include "net/tls_server.h"

#include <openssl/err.h>

#include <array>
#include <string_view>
#include <utility>

namespace stargate::net {

namespace {

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                void*) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11.data(), kHttp11.size(), in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<SSL_CTX>> make_context(const TlsFiles& files) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return base::fail(ErrorCode::kInternal, "cannot create a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  static constexpr std::string_view kSessionContext = "stargate";
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                 kSessionContext.size());
  SSL_CTX_set_alpn_select_cb(context.get(), choose_alpn, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate_file.c_str()) != 1) {
    return base::fail(ErrorCode::kNotConfigured, "cannot read the certificate chain in " + files.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return base::fail(ErrorCode::kNotConfigured,
                      "cannot read the private key in " + files.key_file + ", or it is not the certificate's");
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return base::fail(ErrorCode::kNotConfigured, "the key in " + files.key_file + " does not fit the certificate");
  }
  return context;
}

}  // namespace

Result<std::unique_ptr<TlsServer>> TlsServer::load(TlsFiles files) {
  std::unique_ptr<TlsServer> server(new TlsServer(std::move(files)));
  Result<void> loaded = server->reload();
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  return server;
}

Result<void> TlsServer::reload() {
  auto context = make_context(files_);
  if (!context) return std::unexpected(std::move(context.error()));
  context_.store(std::move(*context));
  return {};
}

SslPtr TlsServer::accept() {
  const std::shared_ptr<SSL_CTX> context = context_.load();
  SslPtr ssl(SSL_new(context.get()));  // holds a reference of its own
  if (ssl) SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace stargate::net
