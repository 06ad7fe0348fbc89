#include "tests/support/net/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "tests/support/net/raw_client.h"

namespace stargate::testing {

namespace {

int connect_to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

bool pass(int from, int to) {
  std::array<char, 65536> room;
  const ssize_t got = ::recv(from, room.data(), room.size(), 0);
  if (got <= 0) return false;
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t now = ::send(to, room.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += now;
  }
  return true;
}

}  // namespace

std::string ScriptedServer::Request::header(std::string_view name) const {
  RawAnswer as_answer;
  as_answer.head = head;
  return as_answer.header(name);
}

bool ScriptedServer::Conversation::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                         : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ScriptedServer::Conversation::answer(int status, std::string_view body, std::string_view fields) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
                      "\r\n" + std::string(fields) + "\r\n" + std::string(body);
  return send(bytes);
}

bool ScriptedServer::Conversation::begin_chunked(int status, std::string_view fields) {
  return send("HTTP/1.1 " + std::to_string(status) + " X\r\nTransfer-Encoding: chunked\r\n" + std::string(fields) +
              "\r\n");
}

bool ScriptedServer::Conversation::chunk(std::string_view bytes) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return send(size.data() + std::string(bytes) + "\r\n");
}

long ScriptedServer::Conversation::receive(char* room, std::size_t size) {
  return ssl_ != nullptr ? SSL_read(ssl_, room, static_cast<int>(size)) : ::recv(descriptor_, room, size, 0);
}

bool ScriptedServer::Conversation::wait_closed() {
  std::array<char, 4096> room;
  for (;;) {
    const long got = receive(room.data(), room.size());
    if (got > 0) continue;
    return got == 0 || ssl_ != nullptr || (errno != EAGAIN && errno != EWOULDBLOCK);
  }
}

void ScriptedServer::Conversation::reset() {
  closed_ = true;
  reset_ = true;
}

void ScriptedServer::Conversation::tunnel_to(std::uint16_t port) {
  closed_ = true;
  const int other = connect_to(port);
  if (other < 0) return;
  send("HTTP/1.1 200 Connection established\r\n\r\n");
  std::array<pollfd, 2> both = {{{descriptor_, POLLIN, 0}, {other, POLLIN, 0}}};
  while (!server_.stopping_ && ::poll(both.data(), both.size(), 10'000) > 0) {
    if (both[0].revents != 0 && !pass(descriptor_, other)) break;
    if (both[1].revents != 0 && !pass(other, descriptor_)) break;
  }
  ::close(other);
}

bool ScriptedServer::Conversation::fill() {
  std::array<char, 65536> room;
  const long got = receive(room.data(), room.size());
  if (got <= 0) return false;
  unread_.append(room.data(), static_cast<std::size_t>(got));
  return true;
}

bool ScriptedServer::Conversation::read_request(Request& request) {
  std::size_t end = std::string::npos;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return false;
  }
  request.head = unread_.substr(0, end + 4);
  unread_.erase(0, end + 4);
  const std::size_t blank = request.head.find(' ');
  request.method = request.head.substr(0, blank);
  request.target = request.head.substr(blank + 1, request.head.find(' ', blank + 1) - blank - 1);
  if (!server_.read_bodies_) return true;
  const std::size_t size = std::strtoul(request.header("Content-Length").c_str(), nullptr, 10);
  while (unread_.size() < size) {
    if (!fill()) return false;
  }
  request.body = unread_.substr(0, size);
  unread_.erase(0, size);
  return true;
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) { listen_and_start(); }

ScriptedServer::ScriptedServer(Script script, const TestCa::Files& tls) : script_(std::move(script)) {
  context_ = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate_chain_file(context_, tls.certificate_file.c_str());
  SSL_CTX_use_PrivateKey_file(context_, tls.key_file.c_str(), SSL_FILETYPE_PEM);
  listen_and_start();
}

void ScriptedServer::listen_and_start() {
  std::signal(SIGPIPE, SIG_IGN);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen");
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::scoped_lock lock(mutex_);
    for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  SSL_CTX_free(context_);
}

std::vector<ScriptedServer::Request> ScriptedServer::requests() {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

bool ScriptedServer::wait_requests(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return requests_.size() >= count; });
}

void ScriptedServer::accept_loop() {
  for (;;) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0 && stopping_) return;
    if (descriptor < 0) continue;
    const timeval patience{kPatience.count(), 0};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::scoped_lock lock(mutex_);
    open_.push_back(descriptor);
    threads_.emplace_back([this, descriptor, number = ++connections_] { converse(descriptor, number); });
  }
}

void ScriptedServer::converse(int descriptor, int number) {
  SSL* ssl = nullptr;
  bool ready = true;
  if (context_ != nullptr) {
    ssl = SSL_new(context_);
    SSL_set_fd(ssl, descriptor);
    ready = SSL_accept(ssl) == 1;
  }
  Conversation conversation(*this, descriptor, ssl);
  for (int count = 1; ready && !conversation.closed_ && !stopping_; ++count) {
    Request request;
    if (!conversation.read_request(request)) break;
    request.connection = number;
    request.number = count;
    request.tls_resumed = ssl != nullptr && SSL_session_reused(ssl) == 1;
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
      changed_.notify_all();
    }
    script_(conversation, request);
  }
  if (conversation.reset_) {
    const linger at_once{1, 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  } else if (ssl != nullptr && ready) {
    SSL_shutdown(ssl);
  }
  SSL_free(ssl);
  const std::scoped_lock lock(mutex_);
  open_.remove(descriptor);
  ::close(descriptor);
}

}  // namespace stargate::testing
