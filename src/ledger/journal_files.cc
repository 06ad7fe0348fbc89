#include "ledger/journal_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

namespace stargate::ledger {
namespace {

constexpr std::string_view kSuffix = ".journal";
constexpr std::size_t kDigits = 16;
constexpr const char* kLockName = "lock";
constexpr std::size_t kReadBytes = std::size_t{256} * 1024;

Failure failed(const std::string& what) {
  return base::fail(ErrorCode::kUnavailable, what + ": " + std::system_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string file_name(std::uint64_t segment) { return fmt::format("{:016x}{}", segment, kSuffix); }

// The segment's number, or 0 for a file that is none.
std::uint64_t number_of(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return 0;
  const std::string_view digits = name.substr(0, kDigits);
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return fault == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

class Directory final : public JournalFiles {
 public:
  Directory(std::string path, Descriptor directory, Descriptor lock)
      : path_(std::move(path)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  Result<std::vector<std::uint64_t>> list() override {
    std::vector<std::uint64_t> out;
    DIR* stream = ::opendir(path_.c_str());
    if (stream == nullptr) return failed("cannot list " + path_);
    while (const dirent* entry = ::readdir(stream)) {
      if (const std::uint64_t number = number_of(entry->d_name); number != 0) out.push_back(number);
    }
    ::closedir(stream);
    std::ranges::sort(out);
    return out;
  }

  Result<std::string> read(std::uint64_t segment) override {
    const Descriptor file(::openat(directory_.get(), file_name(segment).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) return failed("cannot open " + path_ + "/" + file_name(segment));
    std::string out;
    while (true) {
      const std::size_t have = out.size();
      out.resize(have + kReadBytes);
      const ssize_t got = ::read(file.get(), out.data() + have, kReadBytes);
      if (got < 0 && errno == EINTR) {
        out.resize(have);
        continue;
      }
      if (got < 0) return failed("cannot read " + path_ + "/" + file_name(segment));
      out.resize(have + static_cast<std::size_t>(got));
      if (got == 0) return out;
    }
  }

  Result<void> create(std::uint64_t segment) override {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
    Descriptor file(::openat(directory_.get(), file_name(segment).c_str(), kFlags, S_IRUSR | S_IWUSR));
    if (!file.open()) return failed("cannot create " + path_ + "/" + file_name(segment));
    if (::fsync(directory_.get()) != 0) return failed("cannot sync " + path_);
    current_ = std::move(file);
    name_ = path_ + "/" + file_name(segment);
    return {};
  }

  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t took = ::write(current_.get(), bytes.data(), bytes.size());
      if (took < 0 && errno == EINTR) continue;
      if (took < 0) return failed("cannot write " + name_);
      bytes.remove_prefix(static_cast<std::size_t>(took));
    }
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(current_.get()) != 0) return failed("cannot sync " + name_);
    return {};
  }

  Result<void> remove(std::uint64_t segment) override {
    if (::unlinkat(directory_.get(), file_name(segment).c_str(), 0) != 0 && errno != ENOENT) {
      return failed("cannot remove " + path_ + "/" + file_name(segment));
    }
    return {};
  }

 private:
  std::string path_;
  Descriptor directory_;
  Descriptor lock_;  // held until this is destroyed
  Descriptor current_;
  std::string name_;  // of the current segment
};

}  // namespace

Result<std::unique_ptr<JournalFiles>> open_journal_files(const std::string& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) == 0) {
    // A directory that its parent has not durably got is gone after a power cut, with all that was synced in it.
    std::string parent = std::filesystem::path(directory).lexically_normal().parent_path().string();
    if (parent.empty()) parent = ".";
    const Descriptor above(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!above.open() || ::fsync(above.get()) != 0) return failed("cannot sync " + parent);
  } else if (errno != EEXIST) {
    return failed("cannot make " + directory);
  }
  Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open()) return failed("cannot open " + directory);
  Descriptor lock(::openat(opened.get(), kLockName, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!lock.open()) return failed("cannot open " + directory + "/" + kLockName);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("cannot lock " + directory);
    return base::fail(ErrorCode::kConflict, "the journal in " + directory + " is in use by another process");
  }
  return std::make_unique<Directory>(directory, std::move(opened), std::move(lock));
}

}  // namespace stargate::ledger
