// The real clock, generator and sleep of one core. Sleeps are exact to the timer's resolution (the gateway's own are
// coarse), because the simulator plays speeds of thousands of tokens per second.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>

#include "ports/env.h"

namespace stargate::sim {

// Used on the io_context's thread, which it must not outlive.
class RealEnv final : public ports::Env {
 public:
  explicit RealEnv(boost::asio::io_context& io) : io_(&io) {}

  [[nodiscard]] MonoTime now() const override;
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] std::uint64_t random() override;
  ports::Task<Result<void>> sleep(Duration time, ports::Cancel& cancel) override;

 private:
  boost::asio::io_context* io_;
};

}  // namespace stargate::sim
