#include "policy/access.h"

#include <gtest/gtest.h>

namespace stargate::policy {
namespace {

Principal with_models(std::vector<std::string> models) {
  Principal principal;
  principal.models = std::move(models);
  return principal;
}

TEST(Access, AnEmptyListAllowsEverything) {
  EXPECT_TRUE(may_use(with_models({}), "x"));
  EXPECT_TRUE(may_use(with_models({"all-proxy-models"}), "x"));
  EXPECT_TRUE(may_use(with_models({"*"}), "x"));
}

TEST(Access, ExactNamesAndPatterns) {
  const Principal principal = with_models({"claude-haiku-4-5", "claude-sonnet-*"});
  EXPECT_TRUE(may_use(principal, "claude-haiku-4-5"));
  EXPECT_TRUE(may_use(principal, "claude-sonnet-5"));
  EXPECT_FALSE(may_use(principal, "claude-haiku-4-5-20251001"));
  EXPECT_FALSE(may_use(principal, "claude-opus-5"));
  EXPECT_FALSE(may_use(principal, "claude-sonnet"));
}

TEST(Access, TheMasterKeyMayEverything) {
  Principal principal = with_models({"a"});
  principal.admin = true;
  EXPECT_TRUE(may_use(principal, "b"));
}

TEST(Access, AnAliasIsAllowedThroughItsModel) {
  Catalog catalog;
  catalog.deployments.resize(1);
  catalog.by_name["claude-haiku-4-5"] = {&catalog.deployments[0]};
  catalog.aliases["claude-haiku-4-5-20251001"] = "claude-haiku-4-5";
  EXPECT_TRUE(may_use(with_models({"claude-haiku-4-5"}), catalog, "claude-haiku-4-5-20251001"));
  EXPECT_TRUE(may_use(with_models({"claude-haiku-4-5"}), catalog, "claude-haiku-4-5[1m]"));
  EXPECT_FALSE(may_use(with_models({"claude-opus-5"}), catalog, "claude-haiku-4-5-20251001"));
  EXPECT_FALSE(may_use(with_models({"claude-opus-5"}), catalog, "unknown"));
}

}  // namespace
}  // namespace stargate::policy
