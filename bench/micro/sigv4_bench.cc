// What a signature costs: the hash of the body and the rest, with the derived key in the cache.
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>

#include "aws/endpoint.h"
#include "aws/sigv4.h"

namespace {

using namespace stargate;

aws::SigningIdentity example_identity() {
  aws::SigningIdentity identity;
  identity.access_key_id = "AKIDEXAMPLE";
  identity.secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  identity.session_token = Secret(std::string(800, 't'));  // about as long as STS's are
  return identity;
}

void sign_body(benchmark::State& state) {
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  const aws::SigningIdentity identity = example_identity();
  const std::string path = aws::model_path("us.anthropic.claude-haiku-4-5-20251001-v1:0", "invoke");
  const WallTime now{std::chrono::seconds(1'767'225'600)};
  for (auto _ : state) {
    const aws::SigningRequest request{
        .method = "POST",
        .path = path,
        .query = {},
        .headers = {{"host", "bedrock-runtime.us-east-1.amazonaws.com"}, {"content-type", "application/json"}},
        .body_hash = codec::sha256(body)};
    benchmark::DoNotOptimize(aws::sign(request, identity, {"us-east-1", "bedrock"}, now));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sign_body)->Name("sigv4/sign")->Arg(0)->Arg(2 * 1024)->Arg(60 * 1024);

void verify_body(benchmark::State& state) {
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  const aws::SigningIdentity identity = example_identity();
  const WallTime now{std::chrono::seconds(1'767'225'600)};
  aws::SigningRequest signing{.method = "POST",
                              .path = "/model/m/invoke",
                              .query = {},
                              .headers = {{"host", "localhost"}},
                              .body_hash = codec::sha256(body)};
  const auto added = aws::sign(signing, identity, {"us-east-1", "bedrock"}, now);
  aws::VerifyRequest request{
      .method = signing.method, .path = signing.path, .query = {}, .headers = signing.headers, .body = body};
  for (const auto& [name, value] : added) request.headers.emplace_back(name, value);
  for (auto _ : state) {
    benchmark::DoNotOptimize(aws::verify(request, identity, {"us-east-1", "bedrock"}, now).has_value());
  }
}
BENCHMARK(verify_body)->Name("sigv4/verify")->Arg(2 * 1024)->Arg(60 * 1024);

}  // namespace
