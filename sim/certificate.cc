#include "sim/certificate.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace stargate::sim {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

constexpr long kVersion3 = 2;
constexpr long kValid_s = 825L * 24 * 3600;  // the longest that common clients take
constexpr long kBackdated_s = 3600;
constexpr const char* kNames =
    "DNS:localhost,DNS:*.us-east-1.amazonaws.com,DNS:*.us-west-2.amazonaws.com,IP:127.0.0.1,IP:::1";

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_name(X509_NAME* name, const char* common_name) {
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name), -1,
                                    -1, 0) == 1;
}

// An unsigned certificate with name, key, serial number and validity.
Certificate blank(EVP_PKEY* key, const char* common_name) {
  Certificate certificate(X509_new());
  std::uint32_t serial = 0;
  if (!certificate || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return nullptr;
  X509_set_version(certificate.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), static_cast<long>(serial >> 1U) + 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kBackdated_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValid_s);
  X509_set_pubkey(certificate.get(), key);
  if (!set_name(X509_get_subject_name(certificate.get()), common_name)) return nullptr;
  return certificate;
}

Certificate authority_of(EVP_PKEY* key) {
  Certificate certificate = blank(key, "Stargate simulator authority");
  if (!certificate) return nullptr;
  X509* raw = certificate.get();
  X509_set_issuer_name(raw, X509_get_subject_name(raw));
  const bool made = add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE") &&
                    add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(raw, raw, NID_subject_key_identifier, "hash") &&
                    X509_sign(raw, key, EVP_sha256()) != 0;
  return made ? std::move(certificate) : nullptr;
}

Certificate leaf_of(EVP_PKEY* key, X509* authority, EVP_PKEY* authority_key) {
  Certificate certificate = blank(key, "localhost");
  if (!certificate) return nullptr;
  X509* raw = certificate.get();
  X509_set_issuer_name(raw, X509_get_subject_name(authority));
  const bool made = add_extension(raw, authority, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(raw, authority, NID_ext_key_usage, "serverAuth") &&
                    add_extension(raw, authority, NID_subject_alt_name, kNames) &&
                    add_extension(raw, authority, NID_authority_key_identifier, "keyid") &&
                    X509_sign(raw, authority_key, EVP_sha256()) != 0;
  return made ? std::move(certificate) : nullptr;
}

Result<void> write_file(const std::string& path, BIO* bio, mode_t mode) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return base::fail(ErrorCode::kInternal, "cannot write " + path);
  const bool whole = ::write(file, text, static_cast<std::size_t>(size)) == size;
  close(file);
  if (!whole) return base::fail(ErrorCode::kInternal, "cannot write " + path);
  return {};
}

Result<void> write_certificate(const std::string& path, X509* certificate, X509* chain) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  if (chain != nullptr) PEM_write_bio_X509(bio.get(), chain);
  return write_file(path, bio.get(), 0644);
}

Result<void> write_key(const std::string& path, EVP_PKEY* key) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  unlink(path.c_str());  // an old file would keep its mode
  return write_file(path, bio.get(), 0600);
}

}  // namespace

Result<CertificateFiles> make_certificate(const std::string& folder) {
  const Key authority_key(EVP_EC_gen("P-256"));
  const Key key(EVP_EC_gen("P-256"));
  if (!authority_key || !key) return base::fail(ErrorCode::kInternal, "no key could be made");
  const Certificate authority = authority_of(authority_key.get());
  const Certificate leaf = authority ? leaf_of(key.get(), authority.get(), authority_key.get()) : nullptr;
  if (!leaf) return base::fail(ErrorCode::kInternal, "no certificate could be made");
  CertificateFiles files{
      .authority = folder + "/sim-ca.pem", .certificate = folder + "/sim-cert.pem", .key = folder + "/sim-key.pem"};
  if (auto done = write_certificate(files.authority, authority.get(), nullptr); !done) {
    return std::unexpected(std::move(done.error()));
  }
  if (auto done = write_certificate(files.certificate, leaf.get(), authority.get()); !done) {
    return std::unexpected(std::move(done.error()));
  }
  if (auto done = write_key(files.key, key.get()); !done) return std::unexpected(std::move(done.error()));
  return files;
}

}  // namespace stargate::sim
