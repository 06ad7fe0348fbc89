#include "base/money.h"

#include <gtest/gtest.h>

namespace stargate::base {
namespace {

TEST(DollarsPerMillion, IsExactAndHasAtLeastTwoDecimals) {
  EXPECT_EQ(dollars_per_million(PicoUsd{3'000'000}), "$3.00");
  EXPECT_EQ(dollars_per_million(PicoUsd{800'000}), "$0.80");
  EXPECT_EQ(dollars_per_million(PicoUsd{62'500}), "$0.0625");
  EXPECT_EQ(dollars_per_million(PicoUsd{0}), "$0.00");
}

}  // namespace
}  // namespace stargate::base
