#include "codec/hash.h"
#include "policy/catalog.h"

namespace stargate::policy {

// A hash, because the parts are secret: lengths are mixed in so that no two specs run together.
std::string CredentialSpec::key() const {
  std::string all;
  const auto add = [&](std::string_view part) {
    all += std::to_string(part.size());
    all += ':';
    all += part;
  };
  for (const std::string_view part :
       {std::string_view(access_key_id), secret_access_key.reveal(), session_token.reveal(), bearer.reveal(),
        std::string_view(profile), std::string_view(role_arn), std::string_view(role_session_name),
        std::string_view(external_id), std::string_view(web_identity_token), std::string_view(sts_endpoint)}) {
    add(part);
  }
  return codec::hex(codec::sha256(all));
}

}  // namespace stargate::policy
