#include "gateway/prepare.h"

#include <string>
#include <utility>
#include <vector>

#include "aws/sigv4.h"
#include "codec/hash.h"
#include "codec/uri.h"

namespace stargate::gateway {

namespace {

// The runtime's and the control plane's signing name is "bedrock" (botocore's service model).
constexpr std::string_view kSigningService = "bedrock";

}  // namespace

llm::Target target_of(const policy::Deployment& deployment) {
  llm::Target target;
  target.upstream_model = deployment.upstream_model;
  target.capabilities = deployment.capabilities;
  target.max_output_tokens = deployment.max_output_tokens;
  target.drop_params = deployment.drop_params;
  target.drop_fields = deployment.drop_fields;
  target.default_max_tokens = deployment.default_max_tokens;
  target.default_members = deployment.default_members;
  return target;
}

ports::UpstreamRequest sign_request(const policy::Deployment& deployment, const llm::Prepared& prepared,
                                    const aws::SigningIdentity& identity, WallTime now) {
  ports::UpstreamRequest request;
  request.origin = {deployment.endpoint_host, deployment.endpoint_port, deployment.endpoint_tls};
  request.target = deployment.endpoint_path + prepared.target;
  request.body = prepared.pieces;
  request.deadlines.connect = deployment.connect_timeout;
  request.deadlines.first_byte = deployment.first_byte_timeout;
  request.deadlines.between_bytes = deployment.between_bytes_timeout;
  request.deadlines.total = deployment.total_timeout;

  codec::Url host;
  host.scheme = deployment.endpoint_tls ? "https" : "http";
  host.host = deployment.endpoint_host;
  host.port = deployment.endpoint_port;
  request.headers.add("Host", host.authority());
  for (const codec::http1::Header header : prepared.headers.fields()) {
    request.headers.add(header.name, header.value);
  }
  if (!identity.bearer.empty()) {
    request.headers.add("Authorization", "Bearer " + std::string(identity.bearer.reveal()));
    return request;
  }
  aws::SigningRequest to_sign;
  to_sign.method = request.method;
  const auto [path, query] = codec::split_target(request.target);
  to_sign.path = path;
  to_sign.query = query;
  for (const codec::http1::Header header : request.headers.fields()) {
    if (codec::http1::iequals(header.name, "accept")) continue;  // a proxy on the way may rewrite it
    to_sign.headers.emplace_back(header.name, header.value);
  }
  to_sign.body_hash = codec::sha256(std::span<const std::string_view>(prepared.pieces));
  const aws::Scope scope{deployment.region, kSigningService};
  for (auto& [name, value] : aws::sign(to_sign, identity, scope, now)) {
    request.headers.add(std::move(name), std::move(value));
  }
  return request;
}

}  // namespace stargate::gateway
