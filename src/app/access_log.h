// The access log: one line per request.
#pragma once

#include "base/log.h"
#include "ports/event_sink.h"

namespace stargate::app {

// Thread-safe (Log is); one may serve all cores. Answers that name no model (probes, lists) are
// logged at debug level, unless they are refusals.
class AccessLog final : public ports::EventSink {
 public:
  explicit AccessLog(const base::Log& log) : log_(&log) {}
  void record(const ports::RequestRecord& record) override;

 private:
  const base::Log* log_;
};

}  // namespace stargate::app
