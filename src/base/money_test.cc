#include "base/money.h"

#include <gtest/gtest.h>

#include <limits>

namespace stargate::base {
namespace {

TEST(DollarsPerMillion, IsExactAndHasAtLeastTwoDecimals) {
  EXPECT_EQ(dollars_per_million(PicoUsd{3'000'000}), "$3.00");
  EXPECT_EQ(dollars_per_million(PicoUsd{800'000}), "$0.80");
  EXPECT_EQ(dollars_per_million(PicoUsd{62'500}), "$0.0625");
  EXPECT_EQ(dollars_per_million(PicoUsd{0}), "$0.00");
}

TEST(Dollars, AreExactToTheNanoDollar) {
  EXPECT_EQ(dollars({0}), "0.00");
  EXPECT_EQ(dollars({12'500'000'000}), "12.50");
  EXPECT_EQ(dollars({105}), "0.000000105");
  EXPECT_EQ(dollars({-3'000'000'000}), "-3.00");
  EXPECT_EQ(dollars({-1}), "-0.000000001");
  EXPECT_EQ(dollars({std::numeric_limits<std::int64_t>::max()}), "9223372036.854775807");
  EXPECT_EQ(dollars({std::numeric_limits<std::int64_t>::min()}), "-9223372036.854775808");
}

TEST(NanoUsd, SumsStopAtTheEndsOfTheType) {
  constexpr NanoUsd kMost{std::numeric_limits<std::int64_t>::max()};
  constexpr NanoUsd kLeast{std::numeric_limits<std::int64_t>::min()};
  EXPECT_EQ(kMost + NanoUsd{1}, kMost);
  EXPECT_EQ(kLeast - NanoUsd{1}, kLeast);
  EXPECT_EQ(NanoUsd{0} - kLeast, kMost);
  EXPECT_EQ(NanoUsd{5} - NanoUsd{7}, NanoUsd{-2});
}

}  // namespace
}  // namespace stargate::base
