#include "base/secret.h"

#include <gtest/gtest.h>

namespace stargate::base {
namespace {

TEST(ConstantTimeEqual, ComparesWholeTexts) {
  EXPECT_TRUE(constant_time_equal("sk-a", "sk-a"));
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_FALSE(constant_time_equal("sk-a", "sk-b"));
  EXPECT_FALSE(constant_time_equal("sk-a", "sk-ab"));
}

}  // namespace
}  // namespace stargate::base
