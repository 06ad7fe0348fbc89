// Golden: tests/data/config/<case>.yaml and what check-config says about it in <case>.expected. To record anew and then
// read the difference: STARGATE_RECORD=1 build/.../app_test --gtest_filter='CheckConfig.*'
#include "app/check_config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace stargate::app {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Environment fixed_environment() {
  return {{"AWS_REGION", "us-east-1"}, {"SECOND_KEY_ID", "AKIDEXAMPLE"}, {"SECOND_SECRET", "x"},
          {"THE_MASTER_KEY", "sk-x"},  {"DATABASE_URL", "postgres://x"}, {"OPENAI_API_KEY", "not-used"}};
}

TEST(CheckConfig, Golden) {
  const std::filesystem::path folder = std::filesystem::path(STARGATE_SOURCE_DIR) / "tests/data/config";
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder);  // so that the files are named without their folder
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    ++cases;
    std::ostringstream out;
    ConfigRequest request;
    request.file = entry.path().filename().string();
    request.environment = fixed_environment();
    const int status = run_check_config(request, out);
    out << "exit status " << status << "\n";
    std::filesystem::path expected = entry.path();
    expected.replace_extension(".expected");
    if (std::getenv("STARGATE_RECORD") != nullptr) std::ofstream(expected) << out.str();
    EXPECT_EQ(out.str(), read_file(expected)) << request.file;
  }
  std::filesystem::current_path(before);
  EXPECT_GE(cases, 6U);
}

TEST(CheckConfig, ShippedFilesHaveNoProblem) {
  for (const std::string_view name : {"stargate.yaml", "poc.yaml"}) {
    std::ostringstream out;
    ConfigRequest request;
    request.file = std::string(STARGATE_SOURCE_DIR) + "/config/" + std::string(name);
    request.environment = {{"AWS_REGION", "us-east-1"}};
    EXPECT_EQ(run_check_config(request, out), 0);
    EXPECT_NE(out.str().find("no errors and no warnings"), std::string::npos) << out.str();
  }
}

TEST(CheckConfig, AFileThatIsNotThere) {
  std::ostringstream out;
  ConfigRequest request;
  request.file = "/nonexistent/config.yaml";
  EXPECT_EQ(run_check_config(request, out), 1);
  EXPECT_NE(out.str().find("there is no such file"), std::string::npos);
}

}  // namespace
}  // namespace stargate::app
