#include "gateway/routes.h"

#include <gtest/gtest.h>

namespace stargate::gateway {
namespace {

using llm::Dialect;

TEST(FindRoute, ServesTheInferencePathsOfBothDialects) {
  for (const char* path : {"/v1/chat/completions", "/chat/completions"}) {
    const auto match = find_route("POST", path, false);
    ASSERT_TRUE(match.route) << path;
    EXPECT_EQ(match.route->endpoint, Endpoint::kInference);
    EXPECT_EQ(match.route->dialect, Dialect::kOpenAiChat);
  }
  for (const char* path : {"/v1/messages", "/anthropic/v1/messages", "/messages"}) {
    const auto match = find_route("POST", path, false);
    ASSERT_TRUE(match.route) << path;
    EXPECT_EQ(match.route->dialect, Dialect::kAnthropicMessages);
  }
}

TEST(FindRoute, ModelsSpeakTheCallersDialect) {
  EXPECT_EQ(find_route("GET", "/v1/models", false).route->dialect, Dialect::kOpenAiChat);
  EXPECT_EQ(find_route("GET", "/v1/models", true).route->dialect, Dialect::kAnthropicMessages);
  EXPECT_EQ(find_route("GET", "/anthropic/v1/models", false).route->dialect, Dialect::kAnthropicMessages);
}

TEST(FindRoute, AnIdMayHoldSlashesAndIsDecoded) {
  const auto match = find_route("GET", "/v1/models/stargate%2Fclaude", false);
  ASSERT_TRUE(match.route);
  EXPECT_EQ(match.route->endpoint, Endpoint::kModel);
  EXPECT_EQ(match.route->rest, "stargate/claude");
}

TEST(FindRoute, AWrongMethodIsToldWhichOnesThereAre) {
  const auto match = find_route("GET", "/v1/messages", false);
  EXPECT_FALSE(match.route);
  EXPECT_EQ(match.allow, "POST");
  EXPECT_EQ(match.dialect, Dialect::kAnthropicMessages);
}

TEST(FindRoute, AnUnknownPathIsNeither) {
  const auto match = find_route("GET", "/nothing/here", false);
  EXPECT_FALSE(match.route);
  EXPECT_TRUE(match.allow.empty());
}

TEST(FindRoute, AStartUpProbeNeedsNoKey) {
  EXPECT_FALSE(find_route("HEAD", "/api/hello", false).route->needs_key);
  EXPECT_FALSE(find_route("HEAD", "/", false).route->needs_key);
  EXPECT_FALSE(find_route("HEAD", "/anthropic", false).route->needs_key);
  EXPECT_FALSE(find_route("HEAD", "/anthropic/", false).route->needs_key);
  EXPECT_FALSE(find_route("HEAD", "/anthropics", false).route);
  EXPECT_FALSE(find_route("GET", "/health/readiness", false).route->needs_key);
  EXPECT_TRUE(find_route("GET", "/health", false).route->needs_key);
}

}  // namespace
}  // namespace stargate::gateway
