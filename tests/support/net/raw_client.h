// A client that says exactly the bytes a test wants, on a blocking socket of the test's own thread.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace stargate::testing {

struct RawAnswer {
  int status = 0;
  std::string head;  // with its last empty line
  std::string body;  // decoded
  bool whole = false;
  [[nodiscard]] std::string header(std::string_view name) const;  // the first; empty when absent
};

// Every read gives up after kPatience, so that a broken server fails a test instead of hanging it.
class RawClient {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  // Speaks TLS from here on, trusting `ca_file`. False when the handshake fails.
  bool start_tls(const std::string& ca_file, const std::string& host, SSL_SESSION* resume = nullptr);
  [[nodiscard]] SSL* ssl() { return ssl_; }

  bool send(std::string_view bytes);  // all of it; false when the server has closed
  // Reads until the text is there; what was read so far stays in the buffer. False: closed or out of patience.
  bool read_until(std::string_view text);
  // One answer, Content-Length, chunked or until close.
  RawAnswer read_answer(bool to_head = false);
  // True when the server closes (in order or by reset) within the patience; what still comes is kept.
  bool closed_by_server();
  std::string& buffer() { return buffer_; }

  void finish_sending();  // half-close
  void close();
  void reset();  // closes with RST

 private:
  bool fill();

  int descriptor_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string buffer_;
};

}  // namespace stargate::testing
