// The canonical request of Signature Version 4, shared by the signer and the verifier.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "aws/sigv4.h"

namespace stargate::aws {

struct CanonicalForm {
  std::string text;
  std::size_t signed_begin = 0;  // where the list of signed header names stands in `text`
  std::size_t signed_size = 0;
  [[nodiscard]] std::string_view signed_headers() const {
    return std::string_view(text).substr(signed_begin, signed_size);
  }
};

CanonicalForm canonical_form(const SigningRequest& request);

// The wire path with dot segments and runs of slashes removed (when `normalize`), then percent-encoded once.
std::string canonical_path(std::string_view wire_path, bool normalize);

// Each name and value decoded and encoded again, so that triplets come out in upper case and everything else that is
// not unreserved is encoded; sorted by name, then value, both in encoded form.
std::string canonical_query(std::string_view wire_query);

// Compares header names without regard to ASCII case; `lower` is in lower case already.
bool same_name(std::string_view name, std::string_view lower);

// The hex signature of a canonical request; `stamp` is the request's time in amz_date form.
std::string signature_of(std::string_view canonical, const SigningIdentity& identity, Scope scope,
                         std::string_view stamp);

}  // namespace stargate::aws
