#include "net/tls_client.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>

namespace stargate::net {

namespace {

int slot_index() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* slot = static_cast<TlsSessionSlot*>(SSL_get_ex_data(ssl, slot_index()));
  if (slot == nullptr) return 0;
  slot->put(session);
  return 1;  // the reference is ours now
}

}  // namespace

Result<std::unique_ptr<TlsClient>> TlsClient::create(const std::string& ca_file) {
  auto client = std::make_unique<TlsClient>();
  client->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = client->context_.get();
  if (context == nullptr) return base::fail(ErrorCode::kInternal, "cannot create a TLS context");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context);
  if (!ca_file.empty() && SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
    ERR_clear_error();
    return base::fail(ErrorCode::kNotConfigured, "cannot read certificates in " + ca_file);
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context, kHttp11.data(), kHttp11.size());
  return client;
}

SslPtr TlsClient::connect(const std::string& host, TlsSessionSlot* slot) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return nullptr;
  boost::system::error_code not_numeric;
  static_cast<void>(boost::asio::ip::make_address(host, not_numeric));
  bool named = false;
  if (not_numeric) {
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    named = SSL_set1_host(ssl.get(), host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
  } else {
    named = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) == 1;
  }
  if (!named) return nullptr;  // rather none than one that trusts any certificate
  SSL_set_ex_data(ssl.get(), slot_index(), slot);
  if (slot != nullptr && slot->get() != nullptr) SSL_set_session(ssl.get(), slot->get());
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace stargate::net
