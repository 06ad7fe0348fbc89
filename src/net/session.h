// One client's connection: requests in, answers out.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "codec/http1.h"
#include "net/channel.h"
#include "net/gather.h"
#include "net/server_settings.h"
#include "ports/cancel.h"
#include "ports/downstream.h"
#include "ports/task.h"

namespace stargate::net {

using SessionHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// Reads requests one after another (pipelined ones wait their turn in a bounded buffer), gives each to the handler and
// sees to it that every one is answered or the connection closed. While a handler runs and the body is read, a wait on
// the socket stays armed: the end of the client's stream, a half-close included, or a reset requests the cancel at
// once. Owned by the coroutine of run(); listed by its Server. One core. Errors end the connection, never the program.
class Session final : public ports::Downstream, public Channel::Watcher, public SessionHook {
 public:
  static constexpr std::size_t kPipelinedBytesMax = std::size_t{64} * 1024;
  // An unread body up to this size is read away to keep the connection; a longer one ends it.
  static constexpr std::size_t kSkippedBodyBytesMax = std::size_t{64} * 1024;
  // What is still read, and thrown away, behind a refused body so that the client gets to read the answer.
  static constexpr std::size_t kLingerBytesMax = std::size_t{64} * 1024 * 1024;
  static constexpr std::chrono::seconds kLingerTime{10};
  static constexpr std::chrono::seconds kLingerStall{2};
  static constexpr std::chrono::seconds kLastRequestPatience{1};  // while draining, with whoever holds it up

  Session(std::shared_ptr<Channel> channel, std::string peer, ports::Handler& handler, const ServerSettings& settings,
          ServerCounters& counters);
  ~Session();

  // Until the connection ends. `tls` is null for a plain connection.
  ports::Task<void> run(SslPtr tls);

  void drain();           // no request after the present one; an idle connection closes now, an unfinished head soon
  void serve_last();      // for a connection that came while draining: one request, if it comes soon
  void cancel_request();  // the present request is to end
  void abort();           // every wait ends now

  // ports::Downstream
  [[nodiscard]] const codec::http1::RequestHead& head() const override { return parser_.head(); }
  [[nodiscard]] std::string_view peer() const override { return peer_; }
  ports::Task<Result<std::string>> read_body(std::size_t bytes_max) override;
  ports::Task<Result<void>> respond(codec::http1::ResponseHead head, std::string body) override;
  ports::Task<Result<void>> begin(codec::http1::ResponseHead head) override;
  ports::Task<Result<void>> write(std::span<const std::string_view> pieces) override;
  ports::Task<Result<void>> end() override;
  [[nodiscard]] bool started() const override { return started_; }
  [[nodiscard]] ports::Cancel& cancel() override { return *cancel_; }
  [[nodiscard]] bool client_gone() const override { return gone_; }

  // Channel::Watcher
  void on_readable() override;

 private:
  enum class Framing : std::uint8_t { kLength, kChunked, kUntilClose, kNoBody };
  enum class Next : std::uint8_t { kRequest, kClose };

  ports::Task<Next> read_head();
  Result<bool> feed_head(std::string_view fresh);
  Result<void> feed_body(std::string_view fresh);
  ports::Task<Result<void>> read_more_body(MonoTime deadline);
  Channel::Outcome read_into_body(std::size_t room);
  ports::Task<void> serve_request();
  ports::Task<bool> finish_request();
  ports::Task<void> refuse(const Error& error);
  ports::Task<void> linger();
  ports::Task<Result<void>> skip_body();
  void reset_request();

  void make_head(const codec::http1::ResponseHead& head, std::optional<std::size_t> length);
  bool send_now();
  ports::Task<Result<void>> send_rest();
  Failure gone();

  Core& core_;
  std::shared_ptr<Channel> channel_;
  std::string peer_;
  ports::Handler& handler_;
  const ServerSettings& settings_;
  ServerCounters& counters_;
  codec::http1::RequestParser parser_;
  std::string input_;  // arrived, not yet parsed
  std::string body_;   // of the present request, decoded
  std::string head_out_;
  std::string chunk_line_;
  std::vector<std::string_view> out_;
  Gather unsent_;                         // of out_
  MonoTime head_began_at_ = Core::now();  // the present request's first byte
  std::optional<ports::Cancel> cancel_;
  std::optional<Error> body_error_;           // bad framing seen before the handler asked for the body
  MonoTime patience_over_ = MonoTime::max();  // with a head that is awaited, or with what lingers
  Framing framing_ = Framing::kLength;
  bool draining_ = false;
  bool last_ = false;        // draining, but the one request that it came for is still served
  bool idle_ = true;         // between two requests
  bool patient_ = false;     // waits until patience_over_; drain() makes that sooner
  bool head_begun_ = false;  // a byte of the next request has come
  bool in_request_ = false;
  bool started_ = false;  // begin() or respond() was called
  bool ended_ = false;    // the answer is whole
  bool gone_ = false;     // the client, or the connection, is of no more use
  bool keep_alive_ = false;
  bool linger_ = false;  // bytes of the client may still be under way
};

}  // namespace stargate::net
