#include "app/config_text.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace stargate::app {
namespace {

class ConfigText : public testing::Test {
 protected:
  ConfigText() : folder_(std::filesystem::temp_directory_path() / ("config_text." + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~ConfigText() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }
  std::filesystem::path folder_;
};

// A pipe as a shell's process substitution makes it, with its writer on another thread.
class Pipe {
 public:
  explicit Pipe(std::string text) {
    if (::pipe(ends_.data()) != 0) ADD_FAILURE() << "no pipe";
    writer_ = std::jthread([end = ends_[1], text = std::move(text)] {
      sigset_t broken_pipe;  // a reader that has seen enough closes; that is no reason to die
      sigemptyset(&broken_pipe);
      sigaddset(&broken_pipe, SIGPIPE);
      pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
      for (std::size_t at = 0; at < text.size();) {
        const ssize_t sent = ::write(end, text.data() + at, std::min<std::size_t>(text.size() - at, 1000));
        if (sent <= 0) break;
        at += static_cast<std::size_t>(sent);
      }
      ::close(end);
    });
  }
  ~Pipe() { ::close(ends_[0]); }
  [[nodiscard]] std::string name() const { return "/dev/fd/" + std::to_string(ends_[0]); }

 private:
  std::array<int, 2> ends_{};
  std::jthread writer_;
};

TEST_F(ConfigText, ReadsAFile) { EXPECT_EQ(*read_config_text(write("a.yaml", "a: 1\n"), 100), "a: 1\n"); }

TEST_F(ConfigText, ReadsAPipeToItsEnd) {
  const std::string text(50'000, 'y');
  const Pipe pipe(text);
  EXPECT_EQ(*read_config_text(pipe.name(), 50'000), text);
}

TEST_F(ConfigText, APipeIsBoundedToo) {
  const Pipe pipe(std::string(60'000, 'y'));
  EXPECT_EQ(read_config_text(pipe.name(), 50'000).error().code, ErrorCode::kTooLarge);
}

TEST_F(ConfigText, APipeThatIsReadAgainIsEmptyAndDoesNotHang) {
  const Pipe pipe("a: 1\n");
  EXPECT_EQ(*read_config_text(pipe.name(), 100), "a: 1\n");
  EXPECT_EQ(*read_config_text(pipe.name(), 100), "");
}

TEST_F(ConfigText, SaysWhyItCannotRead) {
  EXPECT_EQ(read_config_text(folder_ / "none", 100).error().message, "there is no such file");
  EXPECT_EQ(read_config_text(folder_, 100).error().message, "the file cannot be read: Is a directory");
  const auto large = read_config_text(write("large", std::string(3 * 1024 * 1024, 'x')), 2 * 1024 * 1024);
  EXPECT_EQ(large.error().message, "the file is larger than 2 MiB");
}

TEST_F(ConfigText, WhatIsNamedInAPipeStandsInThePresentFolder) {
  EXPECT_EQ(folder_of_config(write("a.yaml", "")), folder_.string());
  EXPECT_EQ(folder_of_config("-"), "");
  EXPECT_EQ(folder_of_config("/dev/stdin"), "");
  const Pipe pipe("");
  EXPECT_EQ(folder_of_config(pipe.name()), "");
}

}  // namespace
}  // namespace stargate::app
