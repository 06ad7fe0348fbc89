#include "store/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace stargate::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FailureTest, ServerTroubleIsUnavailable) {
  for (const char* state :
       {"08006", "28P01", "28000", "3D000", "53100", "53200", "53300", "57P01", "57P03", "57014", "58030"}) {
    const Error error = postgres_failure(state, "why", "").error();
    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << state;
    EXPECT_EQ(error.retry, Retry::kYes) << state;
    EXPECT_EQ(error.type, "") << state;
  }
  EXPECT_EQ(postgres_failure("25006", "why", "").error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(postgres_failure("53100", "could not extend file", "").error().message, HasSubstr("disk is full"));
  for (const int code : {SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR_WRITE, SQLITE_CANTOPEN, SQLITE_CORRUPT}) {
    EXPECT_EQ(sqlite_failure(code, "why").error().code, ErrorCode::kUnavailable) << code;
  }
}

TEST(FailureTest, AnotherWriterIsNotTheServersTrouble) {
  for (const char* state : {"40001", "40P01", "55P03"}) {
    EXPECT_EQ(postgres_failure(state, "why", "").error().type, kInterrupted) << state;
  }
  EXPECT_EQ(sqlite_failure(SQLITE_BUSY_SNAPSHOT, "why").error().type, kInterrupted);
}

TEST(FailureTest, WhatIsTakenHasAName) {
  EXPECT_EQ(postgres_failure("23505", "duplicate", "sg_key__key_alias").error().param, "key_alias");
  EXPECT_EQ(sqlite_failure(SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: sg_key.key_alias").error().param,
            "key_alias");
  EXPECT_EQ(
      sqlite_failure(SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: index 'sg_user__user_email'").error().param,
      "user_email");
  EXPECT_EQ(sqlite_failure(SQLITE_CONSTRAINT_PRIMARYKEY, "UNIQUE constraint failed: sg_key.key_hash, sg_key.deleted_at")
                .error()
                .param,
            "key_hash");
}

TEST(FailureTest, OurMistakesQuoteNoValues) {
  const Error wrong_value = postgres_failure("22P02", "invalid input syntax for type bigint: \"s3cr3t\"", "").error();
  EXPECT_EQ(wrong_value.code, ErrorCode::kInternal);
  EXPECT_THAT(wrong_value.message, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(wrong_value.message, HasSubstr("22P02"));
  EXPECT_THAT(postgres_failure("42703", "column \"x\" does not exist", "").error().message, HasSubstr("column"));
}

}  // namespace
}  // namespace stargate::store
