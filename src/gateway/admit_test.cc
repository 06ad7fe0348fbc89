#include "gateway/admit.h"

#include <gtest/gtest.h>

#include "codec/hash.h"

namespace stargate::gateway {
namespace {

class Admit : public testing::Test {
 protected:
  Admit() {
    auto principal = std::make_shared<policy::Principal>();
    principal->key_alias = "dev";
    catalog_.principals[codec::hex(codec::sha256("sk-dev"))] = principal;
  }
  policy::Catalog catalog_;
};

TEST_F(Admit, TakesTheKeyFromEveryHeaderClientsUse) {
  for (const char* name : {"x-litellm-api-key", "Authorization", "API-Key", "X-Api-Key"}) {
    codec::http1::Headers headers;
    headers.add(name, std::string(name) == "Authorization" ? "Bearer sk-dev" : "sk-dev");
    const auto admitted = admit(catalog_, headers);
    ASSERT_TRUE(admitted) << name;
    EXPECT_EQ((*admitted)->key_alias, "dev");
  }
}

TEST_F(Admit, OfTwoDifferentKeysTheValidOneCounts) {
  codec::http1::Headers headers;
  headers.add("authorization", "Bearer sk-other");
  headers.add("x-api-key", "sk-dev");
  EXPECT_TRUE(admit(catalog_, headers));
}

TEST_F(Admit, TellsAMissingKeyFromAWrongOneAndNeverRepeatsIt) {
  codec::http1::Headers headers;
  const auto missing = admit(catalog_, headers);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kUnauthorized);
  EXPECT_NE(missing.error().message.find("no API key was sent"), std::string::npos);
  headers.add("authorization", "bearer sk-wrong");
  const auto wrong = admit(catalog_, headers);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message.find("sk-wrong"), std::string::npos);
}

}  // namespace
}  // namespace stargate::gateway
