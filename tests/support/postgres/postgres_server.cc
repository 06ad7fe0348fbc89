#include "tests/support/postgres/postgres_server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace stargate::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{60};

struct Finisher {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

// The newest server that is installed.
fs::path find_binaries() {
  std::vector<fs::path> found;
  std::error_code error;
  for (const fs::directory_entry& version : fs::directory_iterator("/usr/lib/postgresql", error)) {
    if (fs::exists(version.path() / "bin/postgres", error)) found.push_back(version.path() / "bin");
  }
  return found.empty() ? fs::path() : *std::max_element(found.begin(), found.end());
}

}  // namespace

PostgresServer::PostgresServer(Durability durability)
    : durability_(durability), binaries_(find_binaries()), user_(geteuid()), group_(getegid()) {
  if (binaries_.empty()) {
    trouble_ = "no PostgreSQL server is installed (Debian package postgresql)";
    return;
  }
  if (user_ == 0) {
    const passwd* account = getpwnam("postgres");
    if (account == nullptr) {
      trouble_ = "PostgreSQL does not run as root, and there is no user postgres";
      return;
    }
    user_ = account->pw_uid;
    group_ = account->pw_gid;
  }
  std::string name = (fs::temp_directory_path() / "stargate-pg-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr || chown(name.c_str(), user_, group_) != 0) {
    trouble_ = "no private directory for PostgreSQL";
    return;
  }
  folder_ = name;
  const int made = run_as_server({binaries_ / "initdb", "-D", folder_ / "data", "-U", "postgres", "-A", "trust", "-N",
                                  "--locale=C.UTF-8", "-E", "UTF8"},
                                 folder_ / "initdb.log", true);
  if (made != 0) {
    trouble_ = "initdb failed";
    return;
  }
  start();
}

PostgresServer::~PostgresServer() {
  stop();
  umount2((folder_ / "small").c_str(), MNT_DETACH);
  std::error_code error;
  if (!folder_.empty()) fs::remove_all(folder_, error);
}

int PostgresServer::run_as_server(const std::vector<std::string>& argv, const fs::path& output, bool wait) {
  std::vector<char*> arguments;
  for (const std::string& text : argv) arguments.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_RDONLY);
    const int log = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    setpgid(0, 0);  // an interrupt at the terminal is the test program's
    if (geteuid() == 0 && (setgid(group_) != 0 || setuid(user_) != 0)) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent) _exit(125);
    execv(arguments.front(), arguments.data());
    _exit(127);
  }
  if (!wait) {
    server_ = child;
    return 0;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

void PostgresServer::start() {
  if (server_ > 0) return;
  std::vector<std::string> argv = {binaries_ / "postgres", "-D", folder_ / "data",    "-k", folder_, "-c",
                                   "listen_addresses=",    "-c", "max_connections=60"};
  if (durability_ == Durability::kNone)
    argv.insert(argv.end(), {"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=64MB"});
  run_as_server(argv, folder_ / "server.log", false);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!answers()) {
    if (waitpid(server_, nullptr, WNOHANG) == server_ || std::chrono::steady_clock::now() > deadline) {
      trouble_ = "PostgreSQL does not start";
      server_ = -1;
      return;
    }
    poll(nullptr, 0, 20);  // a server tells nobody that it is ready
  }
}

std::string PostgresServer::make_small_disk(std::size_t bytes) {
  const fs::path disk = folder_ / "small";
  stop();
  const std::string options = "size=" + std::to_string(bytes);
  std::error_code error;
  fs::create_directory(disk, error);
  const bool mounted = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       mount("tmpfs", disk.c_str(), "tmpfs", 0, options.c_str()) == 0 &&
                       chown(disk.c_str(), user_, group_) == 0;
  start();
  return mounted ? disk.string() : std::string();
}

void PostgresServer::stop() {
  if (server_ <= 0) return;
  kill(server_, SIGQUIT);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

bool PostgresServer::answers() const { return PQping(url("postgres").c_str()) == PQPING_OK; }

std::string PostgresServer::url(const std::string& database, const std::string& parameters) const {
  const std::string query = parameters.empty() ? "?" : parameters + "&";
  return "postgresql:///" + database + query + "host=" + folder_.string() + "&user=postgres";
}

std::string PostgresServer::make_database() {
  std::string name = "test" + std::to_string(++databases_);
  execute("postgres", "CREATE DATABASE " + name);
  return name;
}

void PostgresServer::execute(const std::string& database, const std::string& sql) {
  const std::unique_ptr<PGconn, Finisher> connection(PQconnectdb(url(database).c_str()));
  PGresult* const result = PQexec(connection.get(), sql.c_str());
  const bool done = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
  if (!done) std::fprintf(stderr, "%s: %s\n", sql.c_str(), PQerrorMessage(connection.get()));
  PQclear(result);
  if (!done) std::abort();
}

}  // namespace stargate::testing
