// The verifier on foreign requests: any head and body, with as much of a right Authorization as the input wishes.
// Input: request line, header lines, an empty line, body; all ended by LF.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/sigv4.h"

namespace {

using stargate::aws::Scope;
using stargate::aws::SigningIdentity;
using stargate::aws::VerifyRequest;

constexpr Scope kScope{"us-east-1", "bedrock"};

SigningIdentity example_identity() {
  SigningIdentity identity;
  identity.access_key_id = "AKIDEXAMPLE";
  identity.secret_access_key = stargate::Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  return identity;
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

VerifyRequest read_request(std::string_view rest) {
  VerifyRequest request{};
  const std::string_view first = take_line(rest);
  request.method = first.substr(0, first.find(' '));
  const std::string_view target = first.substr(std::min(first.size(), request.method.size() + 1));
  request.path = target.substr(0, target.find('?'));
  request.query = target.substr(std::min(target.size(), request.path.size() + 1));
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  request.body = rest;
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const stargate::WallTime now{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
  const SigningIdentity identity = example_identity();
  VerifyRequest request = read_request({reinterpret_cast<const char*>(data), size});
  for (const auto& header : request.headers) stargate::aws::access_key_of(header.second);
  const auto foreign = stargate::aws::verify(request, identity, kScope, now);
  if (!foreign && foreign.error().type.empty()) std::abort();  // every refusal has AWS's name

  // Whatever the request is, signed by us it is accepted.
  std::erase_if(request.headers, [](const auto& header) {
    const std::string_view name = header.first;
    return name.size() >= 4 && name.size() <= 20;  // leaves no host, date, token or authorization of its own
  });
  request.headers.emplace_back("host", "example.amazonaws.com");
  stargate::aws::SigningRequest signing{.method = request.method,
                                        .path = request.path,
                                        .query = request.query,
                                        .headers = request.headers,
                                        .body_hash = stargate::codec::sha256(request.body)};
  // A name with the list's own separators cannot be listed.
  std::erase_if(signing.headers, [](const auto& header) {
    return header.first.empty() || header.first.find_first_of(";, \t=") != std::string_view::npos;
  });
  if (signing.headers.size() > 64) return 0;
  const auto added = stargate::aws::sign(signing, identity, kScope, now);
  for (const auto& [name, value] : added) request.headers.emplace_back(name, value);
  if (added.back().second.size() > 4096) return 0;
  if (!stargate::aws::verify(request, identity, kScope, now)) std::abort();
  return 0;
}
