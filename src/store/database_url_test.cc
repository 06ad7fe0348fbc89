#include "store/database_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stargate::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(DatabaseUrlTest, SqliteFiles) {
  EXPECT_EQ(DatabaseUrl::parse("sqlite:///var/lib/stargate.db")->path, "/var/lib/stargate.db");
  EXPECT_EQ(DatabaseUrl::parse("sqlite:stargate.db")->path, "stargate.db");
  EXPECT_EQ(DatabaseUrl::parse("sqlite:dir/x.db?mode=rwc")->path, "dir/x.db");
  EXPECT_EQ(DatabaseUrl::parse("sqlite:x.db")->engine, Engine::kSqlite);
  for (const char* wrong : {"sqlite:", "sqlite::memory:", "sqlite:///", "sqlite://host/x", "", "mysql://x", "/x.db"}) {
    EXPECT_FALSE(DatabaseUrl::parse(wrong)) << wrong;
  }
}

TEST(DatabaseUrlTest, PostgresIsLibpqs) {
  const auto url =
      DatabaseUrl::parse("postgresql://u:p%40ss@a:5432,b:5433/db?target_session_attrs=read-write&sslmode=require");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->engine, Engine::kPostgres);
  EXPECT_EQ(url->target.reveal(),
            "postgresql://u:p%40ss@a:5432,b:5433/db?target_session_attrs=read-write&sslmode=require");
  EXPECT_TRUE(url->keep_statements);
  EXPECT_TRUE(DatabaseUrl::parse("postgres://localhost/db"));
  EXPECT_TRUE(DatabaseUrl::parse("postgresql:///db?host=/run/postgresql"));
}

TEST(DatabaseUrlTest, LiteLlmsParametersDoNotBreakIt) {
  const auto url = DatabaseUrl::parse(
      "postgresql://u:p@h/db?connection_limit=10&pool_timeout=60&schema=gateway&pgbouncer=true&sslmode=prefer&"
      "socket_timeout=5&statement_cache_size=0");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->target.reveal(), "postgresql://u:p@h/db?sslmode=prefer");
  EXPECT_EQ(url->connections, 10U);
  EXPECT_EQ(url->schema, "gateway");
  EXPECT_FALSE(url->keep_statements);
  EXPECT_THAT(url->ignored, ElementsAre("pool_timeout", "socket_timeout", "statement_cache_size"));
}

TEST(DatabaseUrlTest, AWrongOneIsNotRepeated) {
  // libpq would take some of these, and name pieces of the password as host or port when it connects.
  for (const char* wrong :
       {"postgresql://admin:s3cr3t@host:x/db", "postgresql://admin:s3cr3t%zz@host/db", "mysql://admin:s3cr3t@host/db",
        "postgresql://admin:pa/s3cr3t@host/db", "postgresql://admin:pa@s3cr3t@host/db"}) {
    const auto url = DatabaseUrl::parse(wrong);
    ASSERT_FALSE(url) << wrong;
    EXPECT_EQ(url.error().code, ErrorCode::kBadRequest);
    EXPECT_THAT(url.error().message, Not(HasSubstr("s3cr3t")));
    EXPECT_THAT(url.error().message, Not(HasSubstr("admin")));
  }
}

}  // namespace
}  // namespace stargate::store
