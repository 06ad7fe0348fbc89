// A load generator of one thread that costs little: keep-alive, closed loop, epoll. For bench/run.py.
//
//   load run PORT REQUEST CONNECTIONS SECONDS    REQUEST: a file with the bytes of one request
//   load hold PORT REQUEST CONNECTIONS           opens streams, says "held N", closes them when its input ends
//
// "run" prints one line of JSON: requests, errors (not 200 or broken off), seconds, p50_us, p99_us, bytes per answer.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kEventsMax = 256;
constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n";
constexpr std::size_t kRampConnections = 100;  // opened at once when holding
constexpr int kHoldSecondsMax = 60;

struct Connection {
  int fd = -1;
  std::size_t sent = 0;
  std::string head;  // until it is complete
  bool in_body = false;
  bool chunked = false;
  std::size_t left = 0;  // of a body with Content-Length
  std::string tail;      // the last bytes of a chunked body
  Clock::time_point started;
};

class Load {
 public:
  Load(int port, const char* request) : port_(port), epoll_(epoll_create1(0)) {
    std::ifstream file(request, std::ios::binary);
    request_.assign(std::istreambuf_iterator<char>(file), {});
  }

  void run(std::size_t connections, double seconds) {
    connections_.resize(connections);
    for (std::size_t i = 0; i < connections; ++i) open(i);
    const auto begin = Clock::now();
    end_ = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    // Requests that are under way at the end are finished and counted, so that work and count belong together.
    const auto give_up = end_ + std::chrono::seconds(10);
    while (open_ > 0 && Clock::now() < give_up) {
      if (!poll(0)) sched_yield();  // never asleep: see docs/benchmarks.md
    }
    errors_ += open_;
    const double took = std::chrono::duration<double>(Clock::now() - begin).count();
    std::ranges::sort(latencies_us_);
    const std::size_t count = latencies_us_.size();
    const auto at = [&](double part) {
      return count == 0 ? 0.0 : latencies_us_[static_cast<std::size_t>(part * static_cast<double>(count - 1))];
    };
    std::printf(R"({"requests":%zu,"errors":%zu,"seconds":%.3f,"p50_us":%.1f,"p99_us":%.1f,"bytes":%zu})"
                "\n",
                count, errors_, took, at(0.5), at(0.99), count == 0 ? 0 : bytes_ / count);
  }

  void hold(std::size_t connections) {
    holding_ = true;
    connections_.resize(connections);
    const auto give_up = Clock::now() + std::chrono::seconds(kHoldSecondsMax);
    for (std::size_t i = 0; i < connections; ++i) {
      open(i);
      while (i + 1 - held_ - errors_ >= kRampConnections && Clock::now() < give_up) poll(100);
    }
    while (held_ + errors_ < connections && Clock::now() < give_up) poll(100);
    std::printf("held %zu\n", held_);
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
  }

 private:
  void open(std::size_t index) {
    Connection& connection = connections_[index];
    connection = {};
    connection.fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("load: connect");
      std::exit(1);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    ++open_;
    start(connection);
  }

  void start(Connection& connection) {
    connection.head.clear();
    connection.tail.clear();
    connection.in_body = false;
    connection.started = Clock::now();
    // The sockets are blocking for writing: a request fits into the buffers or is taken while we wait.
    if (send(connection.fd, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size())) {
      fail(connection);
    }
  }

  // False: nothing had come.
  bool poll(int timeout_ms) {
    epoll_event events[kEventsMax];
    const int count = epoll_wait(epoll_, events, kEventsMax, timeout_ms);
    for (int i = 0; i < count; ++i) {
      Connection& connection = connections_[events[i].data.u64];
      const ssize_t got = recv(connection.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (got > 0) {
        take(connection, std::string_view(buffer_.data(), static_cast<std::size_t>(got)));
      } else if (got == 0 || errno != EAGAIN) {
        fail(connection);
      }
    }
    return count > 0;
  }

  void take(Connection& connection, std::string_view data) {
    bytes_ += data.size();
    if (!connection.in_body) {
      connection.head += data;
      const std::size_t end = connection.head.find("\r\n\r\n");
      if (end == std::string::npos) return;
      if (connection.head.compare(9, 3, "200") != 0) {
        if (errors_ == 0) std::fprintf(stderr, "load: %s\n", connection.head.c_str());
        return fail(connection);
      }
      connection.in_body = true;
      connection.chunked = connection.head.find("chunked") < end;
      connection.left = connection.chunked ? 0 : length_of(connection.head);
      const std::string rest = connection.head.substr(end + 4);
      connection.tail = "\r\n";
      if (holding_) ++held_;
      return take_body(connection, rest);
    }
    take_body(connection, data);
  }

  static std::size_t length_of(const std::string& head) {
    const char* at = strcasestr(head.c_str(), "\r\ncontent-length:");
    return at == nullptr ? 0 : std::strtoul(at + 17, nullptr, 10);
  }

  void take_body(Connection& connection, std::string_view data) {
    bool done = false;
    if (connection.chunked) {
      connection.tail += data.substr(data.size() > kLastChunk.size() ? data.size() - kLastChunk.size() : 0);
      if (connection.tail.size() > kLastChunk.size())
        connection.tail.erase(0, connection.tail.size() - kLastChunk.size());
      done = connection.tail == kLastChunk;
    } else {
      connection.left -= std::min(connection.left, data.size());
      done = connection.left == 0;
    }
    if (!done || holding_) return;
    const auto now = Clock::now();
    latencies_us_.push_back(std::chrono::duration<double, std::micro>(now - connection.started).count());
    if (now < end_) return start(connection);
    finish(connection);
  }

  void fail(Connection& connection) {
    ++errors_;
    finish(connection);
  }

  void finish(Connection& connection) {
    close(connection.fd);
    connection.fd = -1;
    --open_;
  }

  int port_;
  int epoll_;
  std::string request_;
  std::vector<Connection> connections_;
  std::vector<char> buffer_ = std::vector<char>(kReadBytes);
  std::vector<double> latencies_us_;
  Clock::time_point end_;
  std::size_t open_ = 0;
  std::size_t held_ = 0;
  std::size_t errors_ = 0;
  std::size_t bytes_ = 0;
  bool holding_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: load run PORT REQUEST CONNECTIONS SECONDS | load hold PORT REQUEST CONNECTIONS\n");
    return 2;
  }
  Load load(std::atoi(argv[2]), argv[3]);
  const auto connections = static_cast<std::size_t>(std::atoi(argv[4]));
  if (std::string_view(argv[1]) == "hold") {
    load.hold(connections);
  } else {
    load.run(connections, argc > 5 ? std::atof(argv[5]) : 1.0);
  }
}
