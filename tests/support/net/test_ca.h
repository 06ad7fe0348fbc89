// A certificate authority of a test's own.
#pragma once

#include <string>
#include <vector>

namespace stargate::testing {

// Makes a new CA and, with it, certificates for names; PEM files in a directory that is removed with the object.
class TestCa {
 public:
  struct Files {
    std::string certificate_file;
    std::string key_file;
  };

  TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;
  ~TestCa();

  [[nodiscard]] const std::string& ca_file() const { return ca_file_; }
  // `names`: subject alternative names, "DNS:localhost" or "IP:127.0.0.1".
  Files issue(const std::vector<std::string>& names);

 private:
  std::string directory_;
  std::string ca_file_;
  void* ca_certificate_ = nullptr;
  void* ca_key_ = nullptr;
  int issued_ = 0;
};

}  // namespace stargate::testing
