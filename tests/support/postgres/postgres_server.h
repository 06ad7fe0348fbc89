// A PostgreSQL server of the test program's own: Debian's binaries, a private directory, a Unix socket and no port.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace stargate::testing {

enum class Durability : std::uint8_t { kNone, kFull };  // of commits; kFull is for figures

// Made once per test program: initdb takes a second. As root it runs as Debian's user postgres, since PostgreSQL
// refuses root. The server is stopped by its pid when this goes, its directory removed; it is also killed when the test
// program dies.
class PostgresServer {
 public:
  explicit PostgresServer(Durability durability = Durability::kNone);
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  // Empty: it runs or can run. Otherwise why there is none on this machine (tests skip).
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  // Each with an empty database of its own. `parameters` begins with '?' or is empty.
  std::string make_database();
  [[nodiscard]] std::string url(const std::string& database, const std::string& parameters = "") const;

  // A directory with so many bytes of room that belongs to the server, empty when this machine does not allow it.
  // Begins the server anew, in a mount namespace that ends with the test program.
  std::string make_small_disk(std::size_t bytes);

  void start();  // returns when it takes connections
  void stop();   // at once, as a crash: connections break
  void restart() { stop(), start(); }
  void execute(const std::string& database, const std::string& sql);  // as superuser; ends the test program on errors

 private:
  int run_as_server(const std::vector<std::string>& argv, const std::filesystem::path& output, bool wait);
  [[nodiscard]] bool answers() const;

  Durability durability_;
  std::string trouble_;
  std::filesystem::path binaries_;
  std::filesystem::path folder_;
  uid_t user_ = 0;
  gid_t group_ = 0;
  pid_t server_ = -1;
  int databases_ = 0;
};

}  // namespace stargate::testing
