#include "policy/account/key.h"

#include <gtest/gtest.h>

namespace stargate::policy::account {
namespace {

TEST(KeyTest, TheHashIsThatOfTheWholeKey) {
  // printf sk-1234 | sha256sum: what LiteLLM's database holds for the same key.
  EXPECT_EQ(hash_of_key(Secret("sk-1234")), "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b");
  EXPECT_TRUE(is_key_hash(hash_of_key(Secret("sk-1234"))));
  EXPECT_FALSE(is_key_hash("sk-1234"));
  EXPECT_FALSE(is_key_hash(std::string(64, 'A')));
  EXPECT_FALSE(is_key_hash(std::string(63, 'a')));
}

TEST(KeyTest, TheNameShowsTheLastFourOfLongKeysOnly) {
  EXPECT_EQ(name_of_key(Secret("sk-abcdefghijklmnop")), "sk-...mnop");
  EXPECT_EQ(name_of_key(Secret("sk-1234")), "sk-...");
}

TEST(KeyTest, AKeyUnderAPepperNeedsBoth) {
  const Secret text("sk-abcdefghijklmnop");
  const Secret pepper("pepper");
  Key key;
  key.key_hash = hash_of_key(text);
  EXPECT_TRUE(proves(key, text, pepper)) << "a key from before the pepper";
  EXPECT_FALSE(proves(key, Secret("sk-abcdefghijklmnoq"), pepper));
  key.key_hmac = hmac_of_key(text, pepper);
  EXPECT_TRUE(proves(key, text, pepper));
  EXPECT_TRUE(proves(key, text, Secret())) << "the pepper was taken out of the configuration";
  EXPECT_FALSE(proves(key, text, Secret("other")));
  EXPECT_NE(key.key_hmac, key.key_hash);
}

}  // namespace
}  // namespace stargate::policy::account
