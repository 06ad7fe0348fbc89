#include "app/config_text.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

namespace stargate::app {

namespace {

constexpr std::chrono::milliseconds kReadingMax = std::chrono::seconds(30);

// Closes what it opened; standard input stays open.
class Descriptor {
 public:
  explicit Descriptor(const std::string& file) : owned_(file != kStandardInput) {
    // Without O_NONBLOCK the opening of a pipe that has lost its writer would wait for another.
    value_ = owned_ ? ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK) : STDIN_FILENO;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (owned_ && value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int value() const { return value_; }

 private:
  bool owned_;
  int value_;
};

Failure unreadable(int why) {
  if (why == ENOENT || why == ENOTDIR) return base::fail(ErrorCode::kNotFound, "there is no such file");
  return base::fail(ErrorCode::kUnavailable, "the file cannot be read: " + std::generic_category().message(why));
}

std::string mebibytes(std::size_t bytes) { return std::to_string(bytes / 1024 / 1024) + " MiB"; }

}  // namespace

Result<std::string> read_config_text(const std::string& file, std::size_t bytes_max) {
  const Descriptor descriptor(file);
  if (descriptor.value() < 0) return unreadable(errno);
  std::string text;
  std::array<char, 64 * 1024> room;
  const auto give_up = std::chrono::steady_clock::now() + kReadingMax;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - std::chrono::steady_clock::now());
    pollfd readable{descriptor.value(), POLLIN, 0};
    const int polled = left.count() <= 0 ? 0 : ::poll(&readable, 1, static_cast<int>(left.count()));
    if (polled == 0) return base::fail(ErrorCode::kUnavailable, "the file does not come to its end");
    if (polled < 0 && errno == EINTR) continue;  // a read now would wait for ever
    if (polled < 0) return unreadable(errno);
    const ssize_t got = ::read(descriptor.value(), room.data(), room.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return unreadable(errno);
    if (got == 0) return text;
    text.append(room.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max) {
      return base::fail(ErrorCode::kTooLarge, "the file is larger than " + mebibytes(bytes_max));
    }
  }
}

std::string folder_of_config(const std::string& file) {
  std::error_code error;
  const bool lies_somewhere = std::filesystem::is_regular_file(file, error) && !file.starts_with("/dev/");
  return lies_somewhere ? std::filesystem::path(file).parent_path().string() : std::string();
}

}  // namespace stargate::app
