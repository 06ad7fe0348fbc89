// A certificate authority and a certificate for this machine's loopback, made anew at each start of the simulator.
#pragma once

#include <string>

#include "base/error.h"

namespace stargate::sim {

struct CertificateFiles {
  std::string authority;    // sim-ca.pem: what clients are told to trust
  std::string certificate;  // sim-cert.pem
  std::string key;          // sim-key.pem, mode 0600
};

// Writes them to `folder`. The certificate is valid for localhost, 127.0.0.1, ::1 and *.amazonaws.com names of Bedrock
// (for tests that resolve them to the loopback). Errors: kInternal with the reason.
Result<CertificateFiles> make_certificate(const std::string& folder);

}  // namespace stargate::sim
