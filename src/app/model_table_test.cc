#include "app/model_table.h"

#include <gtest/gtest.h>

#include "app/embedded.h"
#include "policy/price.h"

namespace stargate::app {
namespace {

ModelTable built_in() {
  std::vector<Problem> problems;
  ModelTable table = ModelTable::parse(kEmbeddedModelsYaml, "models.yaml", problems);
  for (const Problem& problem : problems) ADD_FAILURE() << to_text(problem);
  return table;
}

TEST(ModelTable, TheBuiltInTableIsSoundAndDated) {
  const ModelTable table = built_in();
  EXPECT_GE(table.models().size(), 17U);
  EXPECT_EQ(table.as_of().size(), 10U);
  for (const ModelFacts& facts : table.models()) {
    EXPECT_GT(facts.price.output.value, facts.price.input.value) << facts.name;
    EXPECT_EQ(facts.price.cache_write_1h.value, 2 * facts.price.input.value) << facts.name;
    EXPECT_EQ(facts.price.cache_write_5m.value * 4, 5 * facts.price.input.value) << facts.name;
    EXPECT_LT(facts.price.cache_read.value, facts.price.input.value) << facts.name;
    EXPECT_FALSE(facts.profiles.empty()) << facts.name;
    EXPECT_GE(facts.context_tokens, 200'000) << facts.name;
  }
}

TEST(ModelTable, FindsByAnySpelling) {
  const ModelTable table = built_in();
  for (const std::string_view id :
       {"claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1:111122223333:inference-profile/global.anthropic.claude-haiku-4-5-20251001-v1:0"}) {
    ASSERT_NE(table.find(id), nullptr) << id;
    EXPECT_EQ(table.find(id)->name, "claude-haiku-4-5");
  }
  EXPECT_EQ(table.find("anthropic.claude-haiku-9"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
}

TEST(ModelTable, RegionalProfilesCostATenthMore) {
  const ModelTable table = built_in();
  const ModelFacts& haiku = *table.find("claude-haiku-4-5");
  EXPECT_EQ(price_of(haiku, "global.anthropic.claude-haiku-4-5-20251001-v1:0").input.value, 1'000'000);
  EXPECT_EQ(price_of(haiku, "us.anthropic.claude-haiku-4-5-20251001-v1:0").input.value, 1'100'000);
  EXPECT_EQ(price_of(haiku, "eu.anthropic.claude-haiku-4-5-20251001-v1:0").cache_write_5m.value, 1'375'000);
  EXPECT_EQ(price_of(haiku, "anthropic.claude-haiku-4-5-20251001-v1:0").output.value, 5'500'000);
  const ModelFacts& tiered = *table.find("claude-haiku-5-5");
  EXPECT_EQ(price_of(tiered, "us.anthropic.claude-haiku-5-5").long_cache_read.value, 55'000);
  const ModelFacts& old = *table.find("claude-opus-4-1");
  EXPECT_EQ(price_of(old, "us.anthropic.claude-opus-4-1-20250805-v1:0").input.value, 15'000'000);
}

// The same answer at a regional profile costs a tenth more, to the nano-dollar.
TEST(ModelTable, ARequestIsBilledAtItsProfilesRates) {
  const ModelTable table = built_in();
  const ModelFacts& haiku = *table.find("claude-haiku-4-5");
  const llm::Usage usage{.input_tokens = 7, .output_tokens = 3, .cache_read_tokens = 1, .cache_write_tokens = 1};
  const auto bill = [&](std::string_view id) { return policy::cost(*policy::rate_card(price_of(haiku, id)), usage); };
  EXPECT_EQ(bill("global.anthropic.claude-haiku-4-5-20251001-v1:0"), base::NanoUsd{7'000 + 15'000 + 100 + 1'250});
  EXPECT_EQ(bill("us.anthropic.claude-haiku-4-5-20251001-v1:0"), base::NanoUsd{7'700 + 16'500 + 110 + 1'375});
}

TEST(ModelTable, ReportsWhatIsWrong) {
  std::vector<Problem> problems;
  const ModelTable table = ModelTable::parse(
      "as_of: '2026-01-01'\nmodels:\n  - {name: a, id: x.a, regional_uplift: true, price: {input: 5, output: 10}}\n"
      "  - {name: b, id: x.b, released: never}\n",
      "m.yaml", problems);
  EXPECT_TRUE(table.models().empty());
  EXPECT_GE(problems.size(), 5U);
  problems.clear();
  ModelTable::parse("", "m.yaml", problems);
  EXPECT_TRUE(has_errors(problems));
}

}  // namespace
}  // namespace stargate::app
