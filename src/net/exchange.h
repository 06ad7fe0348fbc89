// One request of the client and its answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/client.h"
#include "net/connection_pool.h"
#include "ports/cancel.h"
#include "ports/upstream.h"

namespace stargate::net {

// Holds a read buffer only while bytes lie in it: waiting costs no memory. Owned by the caller of start(); dropped
// before the end, it closes its connection. One core.
class Exchange final : public ports::UpstreamExchange {
 public:
  // A head longer than this is refused although the parser's own limit is in fields as well.
  static constexpr std::size_t kHeadBytesMax = std::size_t{64} * 1024;

  Exchange(Client& client, ports::UpstreamRequest request, ports::Cancel& cancel, Addresses addresses);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() override;

  ports::Task<Result<void>> open();  // connects and sends

  ports::Task<Result<bool>> wait_head(Duration patience) override;
  [[nodiscard]] const codec::http1::ResponseHead& head() const override;
  ports::Task<Result<std::optional<std::string_view>>> read_some(Duration patience) override;

 private:
  enum class Got : std::uint8_t { kBytes, kEnd, kTimeout, kInterrupted };

  void make_request_head();
  ports::Task<Result<void>> connect();
  ports::Task<Result<void>> send();
  ports::Task<Got> read(MonoTime deadline);
  Got read_now();
  Result<bool> feed_head();
  [[nodiscard]] bool may_resend() const;
  void release_connection();
  Failure fail(ErrorCode code, std::string message);
  Failure timed_out();

  Client& client_;
  ports::UpstreamRequest request_;
  ports::Cancel& cancel_;
  ports::Cancel::Hook hook_;
  const Addresses addresses_;  // not empty: exactly there, and not pooled
  const Proxy* proxy_ = nullptr;
  ConnectionPool::Place* place_ = nullptr;
  std::unique_ptr<Connection> connection_;
  std::string request_head_;
  std::vector<std::string_view> out_;
  codec::http1::ResponseHead kept_head_;  // when the connection is gone
  Core::Buffer buffer_;
  std::string_view arrived_;  // not yet parsed, in buffer_ or long_head_
  std::string long_head_;     // a head that did not arrive in one read
  MonoTime total_deadline_;
  MonoTime byte_deadline_ = MonoTime::max();  // first byte, then between bytes
  bool sent_ = false;                         // the whole request
  bool any_byte_ = false;                     // of the answer
  bool head_done_ = false;
  bool resent_ = false;
  bool ended_ = false;  // the body has been handed over to its end
};

}  // namespace stargate::net
