#include "net/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace stargate::net {
namespace {

constexpr std::chrono::milliseconds kLookAround{20};  // how often cancellation and the deadline are looked at
constexpr std::chrono::milliseconds kReapPause{2};

std::string describe(const char* what, int error) {
  return std::string(what) + ": " + std::generic_category().message(error);
}

// The settings of one posix_spawn, released with it.
class SpawnSettings {
 public:
  explicit SpawnSettings(int out) {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    // What we block or ignore (SIGPIPE, for one) must not become the program's.
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  int spawn(const std::vector<std::string>& argv, pid_t& child) {
    std::vector<char*> words;
    words.reserve(argv.size() + 1);
    // posix_spawn takes char* for history's sake and does not write.
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    return posix_spawnp(&child, words[0], &files_, &attributes_, words.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

// A running program and the reading end of its output.
class Running {
 public:
  Running(pid_t child, int out, MonoTime deadline, const std::atomic<bool>& cancel)
      : child_(child), out_(out), deadline_(deadline), cancel_(cancel) {}

  // Until the output's end; what is wrong, or nothing.
  std::string read_all(std::string& text, std::size_t bytes_max) {
    std::array<char, 4096> buffer{};
    for (;;) {
      if (std::string stop = must_stop(); !stop.empty()) return stop;
      pollfd ready{.fd = out_, .events = POLLIN, .revents = 0};
      if (poll(&ready, 1, static_cast<int>(kLookAround.count())) <= 0) continue;
      const ssize_t size = read(out_, buffer.data(), buffer.size());
      if (size == 0) return {};
      if (size < 0 && errno != EINTR && errno != EAGAIN) return describe("its output cannot be read", errno);
      if (size <= 0) continue;
      if (text.size() + static_cast<std::size_t>(size) > bytes_max) return "it prints too much";
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }

  // Until its end; what is wrong, or nothing.
  std::string wait(int& status) {
    for (;;) {
      const pid_t ended = waitpid(child_, &status, WNOHANG);
      if (ended == child_) return {};
      if (ended < 0 && errno != EINTR) return describe("its end cannot be awaited", errno);
      if (std::string stop = must_stop(); !stop.empty()) return stop;
      std::this_thread::sleep_for(kReapPause);
    }
  }

  void kill_and_reap() const {
    kill(-child_, SIGKILL);
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
  }

 private:
  [[nodiscard]] std::string must_stop() const {
    if (cancel_) return "it was cancelled";
    if (std::chrono::steady_clock::now() >= deadline_) return "it takes too long";
    return {};
  }

  pid_t child_;
  int out_;
  MonoTime deadline_;
  const std::atomic<bool>& cancel_;
};

}  // namespace

ProcessResult run_process(const std::vector<std::string>& argv, std::size_t bytes_max, Duration time_max,
                          const std::atomic<bool>& cancel) {
  ProcessResult result;
  if (argv.empty()) {
    result.trouble = "there is no program to start";
    return result;
  }
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    result.trouble = describe("no pipe", errno);
    return result;
  }
  pid_t child = 0;
  const int failed = SpawnSettings(ends[1]).spawn(argv, child);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    result.trouble = describe("cannot be started", failed);
    return result;
  }
  Running running(child, ends[0], std::chrono::steady_clock::now() + time_max, cancel);
  int status = 0;
  result.trouble = running.read_all(result.out, bytes_max);
  if (result.trouble.empty()) result.trouble = running.wait(status);
  if (!result.trouble.empty()) {
    running.kill_and_reap();
    result.out.clear();
  }
  close(ends[0]);
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace stargate::net
