#include "policy/suggest.h"

#include <gtest/gtest.h>

namespace stargate::policy {
namespace {

TEST(Suggest, Distance) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("abcd", "abdc"), 1U);
}

TEST(Suggest, TheClosestWordWhenItIsASlip) {
  const std::vector<std::string_view> words = {"drop_params", "request_timeout", "num_retries", "aws_region_name"};
  EXPECT_EQ(closest("drop_parms", words), "drop_params");
  EXPECT_EQ(closest("num_retires", words), "num_retries");
  EXPECT_EQ(closest("aws_region", words), "aws_region_name");
  EXPECT_EQ(closest("completely_else", words), "");
  EXPECT_EQ(closest("", words), "");
  EXPECT_EQ(closest(std::string(100'000, 'x'), words), "");
}

}  // namespace
}  // namespace stargate::policy
