#include "app/master_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace stargate::app {
namespace {

class MasterKeyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "stargate_key_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static unsigned mode_of(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777U;
  }

  std::filesystem::path folder_;
};

TEST_F(MasterKeyTest, IsMadeOnceAndKept) {
  const std::string data = (folder_ / "deep" / "data").string();
  const auto first = keep_master_key(data);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->is_new);
  EXPECT_TRUE(first->key.reveal().starts_with("sk-"));
  EXPECT_EQ(first->key.reveal().size(), 46U);
  EXPECT_EQ(mode_of(data), 0700U);
  EXPECT_EQ(mode_of(first->file), 0600U);
  const auto second = keep_master_key(data);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->is_new);
  EXPECT_EQ(second->key.reveal(), first->key.reveal());
}

TEST_F(MasterKeyTest, AFileThatIsOpenToOthersIsClosed) {
  std::ofstream(folder_ / "master_key") << "sk-mine-from-before\n";
  std::filesystem::permissions(folder_ / "master_key", std::filesystem::perms(0644));
  const auto key = keep_master_key(folder_.string());
  ASSERT_TRUE(key);
  EXPECT_EQ(key->key.reveal(), "sk-mine-from-before");
  EXPECT_EQ(mode_of(key->file), 0600U);
}

TEST_F(MasterKeyTest, AnEmptyFileAndALinkAreErrors) {
  std::ofstream(folder_ / "master_key") << "\n";
  EXPECT_FALSE(keep_master_key(folder_.string()));
  std::filesystem::remove(folder_ / "master_key");
  std::filesystem::create_symlink("/etc/hostname", folder_ / "master_key");
  EXPECT_FALSE(keep_master_key(folder_.string()));
}

TEST_F(MasterKeyTest, APlaceThatCannotBeWrittenIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  const auto key = keep_master_key((folder_ / "file").string());
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().message.find("file"), std::string::npos);
}

}  // namespace
}  // namespace stargate::app
