#include "net/tls_client.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

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

namespace fs = std::filesystem;

bool same_file(const fs::path& left, const fs::path& right) {
  std::error_code failed;
  return fs::equivalent(left, right, failed) && !failed;
}

std::string variable_or(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

// Whether the system's roots can be looked up one by one, by the hash of their name, when a chain asks for them.
bool has_hashed_roots(const std::string& directory) {
  std::error_code failed;
  for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().extension() == ".0") return true;
  }
  return false;
}

// Reading the whole bundle costs 25 ms of the start and megabytes of memory for the two or three roots that are ever
// used; the hashed directory holds the same ones. A bundle that was chosen on purpose is read.
// Returns whether `bundle`, the system's own, is covered.
bool trust_system_roots(SSL_CTX* context, const std::string& bundle) {
  const std::string directory = variable_or(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  const bool own_bundle = same_file(variable_or(X509_get_default_cert_file_env(), bundle.c_str()), bundle);
  if (own_bundle && has_hashed_roots(directory)) return SSL_CTX_set_default_verify_dir(context) == 1;
  SSL_CTX_set_default_verify_paths(context);
  return false;
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
  const std::string bundle = X509_get_default_cert_file();
  const bool covered = trust_system_roots(context, bundle) && same_file(ca_file, bundle);
  if (!ca_file.empty() && !covered && SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
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
