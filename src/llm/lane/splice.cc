#include "llm/lane/splice.h"

#include "llm/binding/bedrock_invoke.h"
#include "llm/binding/betas.h"

namespace stargate::llm {

Result<Prepared> splice_messages(const codec::json::Document& body, const ClientHeaders& headers, const Target& target,
                                 const Files& files, const Learned& learned) {
  if (target.capabilities == nullptr) return base::fail(ErrorCode::kInternal, "the target has no capabilities");
  return binding::splice_invoke(body, binding::split_flags(headers.anthropic_beta), target, files, learned);
}

Result<Prepared> prepare_count_tokens(const codec::json::Document& body, const ClientHeaders& headers,
                                      const Target& target, const Files& files, const Learned& learned) {
  if (target.capabilities == nullptr) return base::fail(ErrorCode::kInternal, "the target has no capabilities");
  if (!target.capabilities->count_tokens) {
    return base::client_error(ErrorCode::kNotImplemented, "Bedrock does not count tokens for this model");
  }
  return binding::count_invoke(body, binding::split_flags(headers.anthropic_beta), target, files, learned);
}

Result<std::string> count_tokens_reply(std::string_view upstream_body) {
  auto document = codec::json::Document::parse_copy(upstream_body);
  const auto count = document ? document->root().find("inputTokens") : std::nullopt;
  const auto tokens = count ? count->as_int() : std::nullopt;
  if (!tokens || *tokens < 0) {
    return base::upstream_error(ErrorCode::kBadGateway, "Bedrock's CountTokens gave no token count");
  }
  return R"({"input_tokens":)" + std::to_string(*tokens) + "}";
}

}  // namespace stargate::llm
