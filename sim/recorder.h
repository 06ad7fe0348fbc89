// What arrived at the simulator, for tests that want to see what a gateway sent. Credentials are left out.
// Thread-safe. A ring of the last kRecordsMax requests; long bodies are kept up to kBodyBytesMax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "codec/http1.h"

namespace stargate::sim {

class Recorder {
 public:
  static constexpr std::size_t kRecordsMax = 256;
  static constexpr std::size_t kBodyBytesMax = std::size_t{4} * 1024 * 1024;
  static constexpr std::size_t kTotalBytesMax = std::size_t{64} * 1024 * 1024;

  void add(const codec::http1::RequestHead& head, std::string_view body, std::string_view request_id);
  // The status that was answered, once it is known.
  void set_status(std::string_view request_id, int status);
  void clear();

  // {"seen":N,"requests":[{seq, request_id, method, path, query, headers:{name: value}, status, anthropic_beta:[...],
  //  body_bytes, body: the JSON, or a string when it is not JSON or was shortened}]}, oldest first.
  [[nodiscard]] std::string json() const;

 private:
  struct Record {
    std::int64_t seq = 0;
    std::string request_id;
    std::string method;
    std::string target;
    codec::http1::Headers headers;
    std::string body;
    std::size_t body_bytes = 0;
    int status = 0;
  };
  static std::string record_json(const Record& record);

  mutable std::mutex mutex_;
  std::deque<Record> records_;
  std::size_t bytes_ = 0;
  std::int64_t seen_ = 0;
};

}  // namespace stargate::sim
