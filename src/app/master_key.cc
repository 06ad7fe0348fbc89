#include "app/master_key.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "codec/hash.h"

namespace stargate::app {
namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kFileBytesMax = 4096;
constexpr std::size_t kKeyBytesMin = 8;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

Failure failed(const std::string& path, const std::string& what) {
  return base::fail(ErrorCode::kInternal, path + ": " + what + ": " + std::strerror(errno));
}

// Closes its descriptor.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Result<Secret> new_key() {
  std::array<char, kRandomBytes> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return failed("getrandom", "no random bytes");
  }
  std::string text = codec::base64_encode({bytes.data(), bytes.size()});
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(std::min(text.find('='), text.size()));
  return Secret("sk-" + text);
}

Result<void> make_directory(const std::string& directory) {
  if (directory.empty()) return {};
  std::error_code error;
  const std::filesystem::path path(directory);
  if (std::filesystem::is_directory(path, error)) return {};
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return failed(directory, "the directory cannot be made");
  }
  return {};
}

Result<Secret> read_key(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.open()) return failed(path, "the master key cannot be read");
  std::array<char, kFileBytesMax> buffer{};
  const ssize_t got = ::read(file.fd(), buffer.data(), buffer.size());
  if (got < 0) return failed(path, "the master key cannot be read");
  std::string text(buffer.data(), static_cast<std::size_t>(got));
  text.erase(std::min(text.find_last_not_of(" \t\r\n") + 1, text.size()));
  if (text.size() < kKeyBytesMin) {
    return base::fail(ErrorCode::kInternal, path + ": no key stands in this file; remove it to have a new one made");
  }
  ::fchmod(file.fd(), kFileMode);
  return Secret(std::move(text));
}

// Writes a whole file beside the place and links it there: the place either has the key or does not exist.
// False: another process was first.
Result<bool> write_key(const std::string& path, const Secret& key) {
  const std::string draft = path + "." + std::to_string(::getpid());
  ::unlink(draft.c_str());
  const std::string text = std::string(key.reveal()) + "\n";
  {
    const File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    if (!file.open()) return failed(draft, "the master key cannot be kept");
    const bool whole = ::write(file.fd(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (!whole || ::fsync(file.fd()) != 0) {
      ::unlink(draft.c_str());
      return failed(draft, "the master key cannot be kept");
    }
  }
  const bool linked = ::link(draft.c_str(), path.c_str()) == 0;
  const int reason = errno;
  ::unlink(draft.c_str());
  errno = reason;
  if (!linked && reason != EEXIST) return failed(path, "the master key cannot be kept");
  return linked;
}

}  // namespace

Result<MasterKey> keep_master_key(const std::string& data_dir) {
  const auto made = make_directory(data_dir);
  if (!made) return Failure(made.error());
  MasterKey out;
  out.file = (std::filesystem::path(data_dir) / "master_key").string();
  struct stat status{};
  if (::lstat(out.file.c_str(), &status) != 0) {
    auto key = new_key();
    if (!key) return Failure(key.error());
    const auto written = write_key(out.file, *key);
    if (!written) return Failure(written.error());
    if (*written) {
      out.key = std::move(*key);
      out.is_new = true;
      return out;
    }
  }
  auto key = read_key(out.file);
  if (!key) return Failure(key.error());
  out.key = std::move(*key);
  return out;
}

}  // namespace stargate::app
