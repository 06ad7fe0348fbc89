#include "policy/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace stargate::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kHaiku = "anthropic.claude-haiku-4-5-20251001-v1:0";

class RouteTest : public ::testing::Test {
 protected:
  Deployment& add(std::string name, std::string upstream, std::string base, int order = 0, int weight = 1) {
    Deployment deployment;
    deployment.model_name = std::move(name);
    deployment.upstream_model = std::move(upstream);
    deployment.base_model = std::move(base);
    deployment.order = order;
    deployment.weight = weight;
    catalog_.deployments.push_back(std::move(deployment));
    return catalog_.deployments.back();
  }

  void finish() {
    for (const Deployment& deployment : catalog_.deployments) {
      catalog_.by_name[deployment.model_name].push_back(&deployment);
    }
    index_upstream_ids(catalog_);
  }

  void serve_haiku() {
    add("claude-haiku-4-5", "global." + std::string(kHaiku), std::string(kHaiku));
    catalog_.aliases["haiku"] = "claude-haiku-4-5";
    finish();
  }

  // A counter is uniform enough for weights and repeats itself.
  Random counting() {
    return [this] { return count_++; };
  }

  Catalog catalog_;
  std::uint64_t count_ = 0;
};

TEST_F(RouteTest, NamesThatMeanTheSame) {
  serve_haiku();
  for (const std::string_view name :
       {"claude-haiku-4-5", "haiku", "claude-haiku-4-5[1m]", "claude-haiku-4-5[1M]", "anthropic/claude-haiku-4-5",
        "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001", "anthropic.claude-haiku-4-5",
        "bedrock/converse/us.anthropic.claude-haiku-4-5-20251001-v1:0"}) {
    EXPECT_EQ(group_of(catalog_, name), "claude-haiku-4-5") << name;
  }
  for (const std::string_view name : {"", "claude-haiku-4", "[1m]", "bedrock/", "anthropic/", "gpt-4o"}) {
    EXPECT_EQ(group_of(catalog_, name), "") << name;
  }
}

TEST_F(RouteTest, AnExactNameBeatsEverythingElse) {
  add("a", "global.x", "x");
  add("global.x", "global.y", "y");
  catalog_.aliases["a"] = "global.x";
  finish();
  EXPECT_EQ(group_of(catalog_, "a"), "a");
  EXPECT_EQ(group_of(catalog_, "global.x"), "global.x");
}

TEST_F(RouteTest, TheLongestWildcardCounts) {
  add("*", "any", "any");
  add("claude-*", "claude", "claude");
  finish();
  EXPECT_EQ(group_of(catalog_, "claude-new"), "claude-*");
  EXPECT_EQ(group_of(catalog_, "other"), "*");
}

TEST_F(RouteTest, HugeNamesAreNotLookedAt) {
  serve_haiku();
  std::string name;
  while (name.size() < 4'000'000) name += "bedrock/";
  EXPECT_EQ(group_of(catalog_, name), "");
  const auto refused = candidates(catalog_, name, counting());
  ASSERT_FALSE(refused);
  EXPECT_LT(refused.error().message.size(), 1000U);
}

TEST_F(RouteTest, UnknownModelsAreAnsweredWithWhatThereIs) {
  serve_haiku();
  const auto refused = candidates(catalog_, "claude-haiku-4-6", counting());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(refused.error().source, ErrorSource::kClient);
  EXPECT_EQ(refused.error().param, "model");
  EXPECT_THAT(refused.error().message, HasSubstr("Did you mean 'claude-haiku-4-5'?"));
}

TEST_F(RouteTest, OnlyWhatTheCallerMayUseIsNamed) {
  add("open", "o", "o");
  add("secret-project", "s", "s");
  finish();
  Principal who;
  who.models = {"open"};
  const auto refused = candidates(catalog_, "secret-projekt", counting(), &who);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret-project'")));
  EXPECT_THAT(refused.error().message, HasSubstr("Available models: open"));
}

TEST_F(RouteTest, LowerOrderComesFirst) {
  add("m", "second", "s", 1);
  add("m", "first", "f", 0);
  finish();
  for (int i = 0; i < 20; ++i) {
    const auto list = candidates(catalog_, "m", counting());
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 2U);
    EXPECT_EQ((*list)[0]->upstream_model, "first");
    EXPECT_EQ((*list)[1]->upstream_model, "second");
  }
}

TEST_F(RouteTest, WeightsDecideTheShareOfTheFirstPlace) {
  add("m", "a", "a", 0, 3);
  add("m", "b", "b", 0, 1);
  add("m", "c", "c", 0, 0);
  finish();
  std::map<std::string, int> first;
  std::uint64_t mark = 0;
  for (int i = 0; i < 4000; ++i) {
    // Only the first draw of a call decides; the second, among two, takes the same mark.
    const auto list = candidates(catalog_, "m", [&] { return mark; });
    ++mark;
    ASSERT_EQ(list->size(), 3U);
    ++first[(*list)[0]->upstream_model];
  }
  EXPECT_EQ(first["a"], 3000);
  EXPECT_EQ(first["b"], 1000);
  EXPECT_EQ(first["c"], 0);
}

TEST_F(RouteTest, AllWeightsZeroIsUniform) {
  add("m", "a", "a", 0, 0);
  add("m", "b", "b", 0, 0);
  finish();
  std::map<std::string, int> first;
  for (std::uint64_t mark = 0; mark < 100; ++mark) {
    ++first[candidates(catalog_, "m", [&] { return mark; })->front()->upstream_model];
  }
  EXPECT_EQ(first["a"], 50);
  EXPECT_EQ(first["b"], 50);
}

}  // namespace
}  // namespace stargate::policy
