#include "tests/support/net/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace stargate::testing {

std::string RawAnswer::header(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    at += 2;
    const std::size_t end = head.find("\r\n", at);
    const std::string_view line = std::string_view(head).substr(at, end - at);
    const std::size_t colon = line.find(':');
    if (colon == name.size()) {
      bool same = true;
      for (std::size_t i = 0; i < colon; ++i) same = same && std::tolower(line[i]) == std::tolower(name[i]);
      if (same) {
        std::string_view value = line.substr(colon + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        return std::string(value);
      }
    }
    at = end;
  }
  return {};
}

RawClient::RawClient(std::uint16_t port, int receive_buffer_bytes) {
  std::signal(SIGPIPE, SIG_IGN);
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0) {
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  const timeval patience{kPatience.count(), 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close();
}

RawClient::~RawClient() {
  close();
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

bool RawClient::start_tls(const std::string& ca_file, const std::string& host, SSL_SESSION* resume) {
  context_ = SSL_CTX_new(TLS_client_method());
  SSL_CTX_load_verify_locations(context_, ca_file.c_str(), nullptr);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  ssl_ = SSL_new(context_);
  SSL_set1_host(ssl_, host.c_str());
  SSL_set_tlsext_host_name(ssl_, host.c_str());
  if (resume != nullptr) SSL_set_session(ssl_, resume);
  SSL_set_fd(ssl_, descriptor_);
  return SSL_connect(ssl_) == 1;
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                         : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::fill() {
  std::array<char, 65536> room;
  const ssize_t got = ssl_ != nullptr ? SSL_read(ssl_, room.data(), static_cast<int>(room.size()))
                                      : ::recv(descriptor_, room.data(), room.size(), 0);
  if (got <= 0) return false;
  buffer_.append(room.data(), static_cast<std::size_t>(got));
  return true;
}

bool RawClient::read_until(std::string_view text) {
  while (buffer_.find(text) == std::string::npos) {
    if (!fill()) return false;
  }
  return true;
}

RawAnswer RawClient::read_answer(bool to_head) {
  RawAnswer answer;
  if (!read_until("\r\n\r\n")) return answer;
  const std::size_t head_end = buffer_.find("\r\n\r\n") + 4;
  answer.head = buffer_.substr(0, head_end);
  buffer_.erase(0, head_end);
  answer.status = std::atoi(answer.head.c_str() + 9);
  if (to_head || answer.status / 100 == 1 || answer.status == 204) {
    answer.whole = true;
    return answer;
  }
  if (answer.header("Transfer-Encoding") == "chunked") {
    for (;;) {
      if (!read_until("\r\n")) return answer;
      const std::size_t size = std::strtoul(buffer_.c_str(), nullptr, 16);
      const std::size_t start = buffer_.find("\r\n") + 2;
      while (buffer_.size() < start + size + 2) {
        if (!fill()) return answer;
      }
      answer.body += buffer_.substr(start, size);
      buffer_.erase(0, start + size + 2);
      if (size == 0) break;
    }
    answer.whole = true;
    return answer;
  }
  const std::string length = answer.header("Content-Length");
  if (length.empty()) {
    while (fill()) {
    }
    answer.body = std::exchange(buffer_, {});
    answer.whole = true;
    return answer;
  }
  const std::size_t size = std::strtoul(length.c_str(), nullptr, 10);
  while (buffer_.size() < size) {
    if (!fill()) return answer;
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  answer.whole = true;
  return answer;
}

bool RawClient::closed_by_server() {
  for (;;) {
    std::array<char, 4096> room;
    const ssize_t got = ssl_ != nullptr ? SSL_read(ssl_, room.data(), static_cast<int>(room.size()))
                                        : ::recv(descriptor_, room.data(), room.size(), 0);
    if (got > 0) {
      buffer_.append(room.data(), static_cast<std::size_t>(got));
      continue;
    }
    return got == 0 || ssl_ != nullptr || (errno != EAGAIN && errno != EWOULDBLOCK);
  }
}

void RawClient::finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

void RawClient::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void RawClient::reset() {
  const linger at_once{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace stargate::testing
