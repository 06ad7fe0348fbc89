// An HTTP server that does what a test's script says, byte by byte, and remembers what it was asked.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/net/test_ca.h"

namespace stargate::testing {

// Independent of the code under test: blocking sockets, one thread per connection. The script is called on the
// connection's thread for every request. Waits of the script end after kPatience at the latest.
class ScriptedServer {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  struct Request {
    std::string method;
    std::string target;
    std::string head;  // with request line and empty line
    std::string body;
    int connection = 0;  // counted from 1
    int number = 0;      // on this connection, counted from 1
    bool tls_resumed = false;
    [[nodiscard]] std::string header(std::string_view name) const;
  };

  // The server's side of one connection, given to the script.
  class Conversation {
   public:
    Conversation(ScriptedServer& server, int descriptor, SSL* ssl)
        : server_(server), descriptor_(descriptor), ssl_(ssl) {}

    bool send(std::string_view bytes);  // exactly these
    bool answer(int status, std::string_view body, std::string_view fields = "");
    bool begin_chunked(int status = 200, std::string_view fields = "");
    bool chunk(std::string_view bytes);
    bool end_chunked() { return send("0\r\n\r\n"); }
    // Until the client closes: true. After kPatience: false.
    bool wait_closed();
    void close() { closed_ = true; }  // in order, after the script returns
    void reset();                     // with RST, after the script returns
    // For CONNECT: answers 200, then passes bytes to and from 127.0.0.1:port until either side ends.
    void tunnel_to(std::uint16_t port);

   private:
    friend class ScriptedServer;
    ScriptedServer& server_;
    int descriptor_;
    SSL* ssl_;
    bool closed_ = false;
    bool reset_ = false;
    std::string unread_;

    long receive(char* room, std::size_t size);
    bool read_request(Request& request);
    bool fill();
  };

  using Script = std::function<void(Conversation&, const Request&)>;

  explicit ScriptedServer(Script script);
  ScriptedServer(Script script, const TestCa::Files& tls);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void read_bodies(bool read) { read_bodies_ = read; }  // false: the script is called behind the head
  [[nodiscard]] std::vector<Request> requests();
  [[nodiscard]] int connections() const { return connections_; }
  // True when that many requests have come within kPatience.
  bool wait_requests(std::size_t count);

 private:
  void listen_and_start();
  void accept_loop();
  void converse(int descriptor, int number);

  Script script_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> read_bodies_ = true;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Request> requests_;
  std::list<std::thread> threads_;
  std::list<int> open_;
  std::thread acceptor_;
};

}  // namespace stargate::testing
