// The cheapest upstream that a proxy can have: one thread, epoll, prepared answers. For bench/run.py.
//
//   upstream PORT ANSWERS PACE_MS
//
// ANSWERS is a file of answers; each is a line "NAME PIECES", then PIECES times a line with a length and that many
// bytes. A request is answered with the answer whose name it asks for: "stream-" in front when its path ends in
// "-response-stream", then "large" for a body above 32 KiB, else the word after "bench:" in its body. The pieces of
// "chunks" and "hold" are sent one per PACE_MS, those of the others at once.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kLargeBytes = 32 * 1024;
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kEventsMax = 256;
constexpr int kBacklog = 4096;

struct Answer {
  std::vector<std::string> pieces;
  std::string whole;
  bool paced = false;
};

struct Connection {
  int fd = -1;
  std::string in;
  std::string out;  // what the socket did not take yet
  const Answer* paced = nullptr;
  std::size_t next = 0;
  std::size_t slot = 0;
};

std::map<std::string, Answer, std::less<>> read_answers(const char* path) {
  std::map<std::string, Answer, std::less<>> answers;
  std::ifstream file(path, std::ios::binary);
  std::string name;
  std::size_t count = 0;
  while (file >> name >> count) {
    Answer& answer = answers[name];
    answer.paced = name.ends_with("chunks") || name.ends_with("hold");
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t size = 0;
      file >> size;
      file.ignore(1);
      std::string piece(size, '\0');
      file.read(piece.data(), static_cast<std::streamsize>(size));
      answer.whole += piece;
      answer.pieces.push_back(std::move(piece));
    }
  }
  return answers;
}

class Upstream {
 public:
  Upstream(int port, const char* answers, std::size_t pace_ms)
      : answers_(read_answers(answers)), slots_(pace_ms), epoll_(epoll_create1(0)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, kBacklog) != 0) {
      std::perror("upstream: listen");
      std::exit(1);
    }
    watch(listener_, EPOLLIN);
    timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    const itimerspec each_ms{{0, 1'000'000}, {0, 1'000'000}};
    timerfd_settime(timer_, 0, &each_ms, nullptr);
    watch(timer_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::vector<epoll_event> events(kEventsMax);
    for (;;) {
      // Never asleep: see docs/benchmarks.md. Load and upstream take turns on their core.
      const int count = epoll_wait(epoll_, events.data(), kEventsMax, 0);
      if (count == 0) sched_yield();
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == listener_) {
          accept_all();
        } else if (fd == timer_) {
          tick();
        } else {
          serve(fd, events[i].events);
        }
      }
    }
  }

 private:
  void watch(int fd, std::uint32_t what, int operation = EPOLL_CTL_ADD) {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    epoll_ctl(epoll_, operation, fd, &event);
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto connection = std::make_unique<Connection>();
      connection->fd = fd;
      connection->slot = ++accepted_ % slots_.size();
      connections_[fd] = std::move(connection);
      watch(fd, EPOLLIN);
    }
  }

  void serve(int fd, std::uint32_t what) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    if ((what & EPOLLOUT) != 0) flush(connection);
    if ((what & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      if (got < 0 && errno == EAGAIN) return;
      close(fd);
      connections_.erase(found);
      return;
    }
    connection.in.append(buffer_.data(), static_cast<std::size_t>(got));
    while (answer_one(connection)) {
    }
  }

  // Takes one whole request out of the buffer and starts its answer.
  bool answer_one(Connection& connection) {
    const std::string_view in = connection.in;
    const std::size_t head_end = in.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return false;
    const std::size_t body_bytes = content_length(in.substr(0, head_end));
    if (in.size() < head_end + 4 + body_bytes) return false;
    const std::string_view target = in.substr(0, in.find("\r\n"));
    std::string name = target.find("-response-stream ") == std::string_view::npos ? "" : "stream-";
    if (body_bytes > kLargeBytes) {
      name += "large";
    } else {
      const std::string_view body = in.substr(head_end + 4, body_bytes);
      const std::size_t mark = body.find("bench:");
      const std::size_t start = mark == std::string_view::npos ? body.size() : mark + 6;
      name += body.substr(start, body.find_first_of(" \"", start) - start);
    }
    connection.in.erase(0, head_end + 4 + body_bytes);
    const auto answer = answers_.find(name);
    if (answer == answers_.end()) {
      send(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    } else if (answer->second.paced) {
      connection.paced = &answer->second;
      connection.next = 0;
      slots_[connection.slot].push_back(connection.fd);
    } else {
      send(connection, answer->second.whole);
    }
    return true;
  }

  static std::size_t content_length(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length:", "\r\ncontent-length:"}) {
      const std::size_t at = head.find(name);
      if (at != std::string_view::npos) return std::strtoul(head.data() + at + name.size(), nullptr, 10);
    }
    return 0;
  }

  void send(Connection& connection, std::string_view bytes) {
    if (connection.out.empty()) {
      const ssize_t sent = ::send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent == static_cast<ssize_t>(bytes.size())) return;
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    connection.out += bytes;
    watch(connection.fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  }

  void flush(Connection& connection) {
    const ssize_t sent = ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (sent > 0) connection.out.erase(0, static_cast<std::size_t>(sent));
    if (connection.out.empty()) watch(connection.fd, EPOLLIN, EPOLL_CTL_MOD);
  }

  // The next piece for each paced connection of the next slot.
  void tick() {
    std::uint64_t ticks = 0;
    if (read(timer_, &ticks, sizeof ticks) != sizeof ticks) return;
    std::vector<int> due;
    due.swap(slots_[++tick_ % slots_.size()]);
    std::vector<int>& slot = slots_[tick_ % slots_.size()];
    for (const int fd : due) {
      const auto found = connections_.find(fd);
      if (found == connections_.end() || found->second->paced == nullptr) continue;
      Connection& connection = *found->second;
      send(connection, connection.paced->pieces[connection.next++]);
      if (connection.next < connection.paced->pieces.size()) {
        slot.push_back(fd);
      } else {
        connection.paced = nullptr;
      }
    }
  }

  std::map<std::string, Answer, std::less<>> answers_;
  std::vector<std::vector<int>> slots_;
  std::map<int, std::unique_ptr<Connection>> connections_;
  std::vector<char> buffer_ = std::vector<char>(kReadBytes);
  std::size_t accepted_ = 0;
  std::size_t tick_ = 0;
  int epoll_;
  int listener_ = -1;
  int timer_ = -1;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: upstream PORT ANSWERS PACE_MS\n");
    return 2;
  }
  Upstream(std::atoi(argv[1]), argv[2], static_cast<std::size_t>(std::atoi(argv[3]))).run();
}
