// One request on its way through the corridor: what the steps share. Lives in the frame of Gateway::serve(), on one
// core, from the request's head to its record.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "codec/http1.h"
#include "gateway/routes.h"
#include "gateway/snapshot.h"
#include "llm/lane/lane.h"
#include "ports/downstream.h"
#include "ports/env.h"
#include "ports/event_sink.h"
#include "ports/upstream.h"

namespace stargate::gateway {

using ports::Task;

// What the corridor uses of the world. All outlive the gateway; one set per core.
struct Services {
  ports::Upstream* upstream;
  ports::Fetcher* fetcher;
  ports::Env* env;
  ports::EventSink* events;
  const base::Log* log;
};

struct Call {
  Call(Services s, std::shared_ptr<const Snapshot> snap, ports::Downstream& d)
      : services(s), snapshot(std::move(snap)), down(d) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Services services;
  std::shared_ptr<const Snapshot> snapshot;
  ports::Downstream& down;
  Route route;
  std::shared_ptr<const policy::Principal> principal;  // set by admit
  const policy::Deployment* deployment = nullptr;      // asked last; owned by the snapshot, or by who made the call
  std::string call_id;                                 // x-litellm-call-id: the client's or ours
  MonoTime began;
  MonoTime last_sent;                 // when the client last heard from us, for pings
  Duration upstream_wait{};           // waited for others until now: upstream, credentials, files, pauses
  bool stream = false;                // the client asked for a stream
  std::unique_ptr<llm::Reply> reply;  // the answer's state machine, from the first attempt on
  std::string_view allow;             // of a 405: the methods that the path takes
  std::string out;                    // bytes for the client that are not sent yet
  ports::RequestRecord record;

  [[nodiscard]] const policy::Catalog& catalog() const { return *snapshot->catalog; }
  [[nodiscard]] const codec::http1::RequestHead& head() const { return down.head(); }
  [[nodiscard]] ports::Env& env() const { return *services.env; }
  [[nodiscard]] const std::string& id() const { return record.request_id; }
};

}  // namespace stargate::gateway
