#include "llm/ir/finish.h"

#include <gtest/gtest.h>

namespace stargate::llm::ir {
namespace {

TEST(Finish, KnowsEveryWordAndKeepsIt) {
  EXPECT_EQ(finish_of("end_turn").unified, Finish::kStop);
  EXPECT_EQ(finish_of("pause_turn").unified, Finish::kStop);
  EXPECT_EQ(finish_of("max_tokens").unified, Finish::kLength);
  EXPECT_EQ(finish_of("compaction").unified, Finish::kLength);
  EXPECT_EQ(finish_of("tool_use").unified, Finish::kToolCalls);
  EXPECT_EQ(finish_of("refusal").unified, Finish::kContentFilter);
  EXPECT_EQ(finish_of("next_year's word").unified, Finish::kStop);
  EXPECT_EQ(finish_of("next_year's word").raw, "next_year's word");
}

}  // namespace
}  // namespace stargate::llm::ir
