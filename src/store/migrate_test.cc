#include "store/migrate.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

using ::testing::HasSubstr;

class MigrateTest : public stargate::testing::StoreTest {
 protected:
  // Names of everything of ours that the database has.
  std::vector<std::string> tables() {
    const char* const sql = is_postgres()
                                ? "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
                                : "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'sg%' ORDER BY 1";
    const auto found = connect()->run(sql, {});
    EXPECT_TRUE(found) << trouble(found);
    std::vector<std::string> names;
    for (const Row& row : found->rows) names.push_back(text_of(row.at(0)));
    return names;
  }
};
STARGATE_ON_BOTH_ENGINES(MigrateTest);

TEST_P(MigrateTest, UpAndDownAndUpAgain) {
  const auto connection = connect();
  const std::vector<std::string> all = tables();
  EXPECT_GT(all.size(), 15U);
  EXPECT_EQ(schema_version(*connection), newest_schema());
  for (std::int64_t version = newest_schema() - 1; version >= 0; --version) {
    const auto down = migrate(*connection, version);
    ASSERT_TRUE(down) << trouble(down);
    EXPECT_EQ(down->from, version + 1);
    EXPECT_EQ(schema_version(*connection), version);
  }
  EXPECT_THAT(tables(), ::testing::ElementsAre("sg_schema"));
  const auto up = migrate(*connection);
  ASSERT_TRUE(up) << trouble(up);
  EXPECT_EQ(up->from, 0);
  EXPECT_EQ(tables(), all);
  EXPECT_EQ(trouble(store_->create_user(user("u"))), "");
  const auto again = migrate(*connection);
  ASSERT_TRUE(again) << trouble(again);
  EXPECT_EQ(again->from, newest_schema());
  EXPECT_TRUE(store_->find_user("u")) << "nothing to do, nothing lost";
  EXPECT_EQ(code(migrate(*connection, newest_schema() + 1)), ErrorCode::kBadRequest);
}

TEST_P(MigrateTest, ANewerSchemaIsRefusedAndLeftAlone) {
  execute("UPDATE sg_schema SET version = 4711");
  const auto connection = connect();
  const auto refused = migrate(*connection);
  EXPECT_EQ(code(refused), ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("4711"));
  EXPECT_THAT(refused.error().message, HasSubstr("newer"));
  EXPECT_EQ(schema_version(*connection), 4711);
}

TEST_P(MigrateTest, AStepThatFailsLeavesTheOldSchema) {
  const auto connection = connect();
  ASSERT_TRUE(migrate(*connection, 1));
  execute("CREATE TABLE sg_lease (in_the_way BIGINT)");  // step 4 trips over it, when steps 2 and 3 are done
  EXPECT_FALSE(migrate(*connection));
  EXPECT_EQ(schema_version(*connection), 1);
  execute("DROP TABLE sg_lease");
  EXPECT_TRUE(migrate(*connection)) << "and the connection is still of use";
}

// Each in a process of its own, as gateways are that start at once.
TEST_P(MigrateTest, OfManyProcessesAtOnceOneMigrates) {
  ASSERT_TRUE(migrate(*connect(), 0));
  execute("DROP TABLE sg_schema");
  constexpr int kMigrated = 10;
  constexpr int kFoundItDone = 11;
  std::vector<pid_t> children;
  for (int i = 0; i < 5; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const auto connection = opener(url_, settings_)();
      const auto done = connection ? migrate(**connection) : std::unexpected(connection.error());
      if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
      _exit(!done ? 1 : done->from == 0 ? kMigrated : kFoundItDone);
    }
    children.push_back(child);
  }
  std::vector<int> ends;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ends.push_back(WEXITSTATUS(status));
  }
  EXPECT_THAT(ends, ::testing::UnorderedElementsAre(kMigrated, kFoundItDone, kFoundItDone, kFoundItDone, kFoundItDone));
  EXPECT_EQ(trouble(store_->create_user(user("u"))), "");
}

}  // namespace
}  // namespace stargate::store
