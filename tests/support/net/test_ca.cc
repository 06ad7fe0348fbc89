#include "tests/support/net/test_ca.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace stargate::testing {

namespace {

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("bad extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509* make_certificate(EVP_PKEY* key, const std::string& name, long serial) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24L * 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

void write_certificate(const std::string& path, X509* certificate) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
}

}  // namespace

TestCa::TestCa() {
  std::string pattern = (std::filesystem::temp_directory_path() / "stargate-ca-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = pattern;
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = make_certificate(key, "Stargate test CA", 1);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  X509_sign(certificate, key, EVP_sha256());
  ca_key_ = key;
  ca_certificate_ = certificate;
  ca_file_ = directory_ + "/ca.pem";
  write_certificate(ca_file_, certificate);
}

TestCa::~TestCa() {
  EVP_PKEY_free(static_cast<EVP_PKEY*>(ca_key_));
  X509_free(static_cast<X509*>(ca_certificate_));
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

TestCa::Files TestCa::issue(const std::vector<std::string>& names) {
  const std::string stem = directory_ + "/leaf" + std::to_string(++issued_);
  auto* issuer = static_cast<X509*>(ca_certificate_);
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = make_certificate(key, "Stargate test server", 100 + issued_);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ",") + name;
  add_extension(certificate, issuer, NID_subject_alt_name, joined);
  add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
  X509_sign(certificate, static_cast<EVP_PKEY*>(ca_key_), EVP_sha256());
  write_certificate(stem + ".pem", certificate);
  std::FILE* file = std::fopen((stem + ".key").c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {stem + ".pem", stem + ".key"};
}

}  // namespace stargate::testing
