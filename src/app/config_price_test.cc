#include "app/config_price.h"

#include <gtest/gtest.h>

namespace stargate::app {
namespace {

TEST(ConfigPrice, DecimalsAndExponentsAreExact) {
  struct Case {
    std::string_view text;
    std::int64_t pico;
  };
  for (const Case& one : {Case{"0.000003", 3'000'000},
                          {"3e-06", 3'000'000},
                          {"3E-6", 3'000'000},
                          {"0.30e-6", 300'000},
                          {".0000008", 800'000},
                          {"1.25e-06", 1'250'000},
                          {"0", 0},
                          {"0.0", 0},
                          {"0e-40", 0},
                          {"1e-12", 1},
                          {"0.000000000001", 1},
                          {"10e-13", 1},
                          {"1", 1'000'000'000'000},
                          {"+2.5e-7", 250'000},
                          {"0.0000000010", 1000},
                          {"0.00000000000100", 1}}) {
    const auto parsed = parse_dollars_per_token(one.text);
    ASSERT_TRUE(parsed) << one.text;
    EXPECT_EQ(parsed->value, one.pico) << one.text;
  }
}

TEST(ConfigPrice, NothingIsRounded) {
  EXPECT_FALSE(parse_dollars_per_token("1.5e-12"));
  EXPECT_FALSE(parse_dollars_per_token("0.0000000000001"));
  EXPECT_FALSE(parse_dollars_per_token("3.3333333333333e-06"));
}

TEST(ConfigPrice, WhatIsNoPrice) {
  for (const std::string_view text : {"", ".", "e5", "1e", "1e+", "-1", "-0.1e-6", "1.2.3", "1,5", "0x10", "nan", "inf",
                                      "1e999999999999", "1e4", "99999999999999999999999999", " 1", "1 "}) {
    EXPECT_FALSE(parse_dollars_per_token(text)) << text;
  }
}

}  // namespace
}  // namespace stargate::app
