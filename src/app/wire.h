// Everything that serves, built by hand from values: the one place where rooms meet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_catalog.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"

namespace stargate::app {

// A service of one core per worker thread. Built, listened, started, drained and destroyed by one thread (serve's);
// reload() hands the cores a new snapshot. What needs a restart (addresses, threads, connection limits, log, proxy,
// CA file, image fetching) keeps its old value.
class Service {
 public:
  // Errors: kNotConfigured or kBadRequest with what the operator must mend.
  static Result<std::unique_ptr<Service>> build(const Config& config, const Tables& tables, const Secret& master_key,
                                                const base::Log& log);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  Result<std::uint16_t> listen();  // the port in use
  void start();
  Result<void> reload(const Config& config, const Tables& tables, const Secret& master_key);
  // Readiness turns to 503, nothing is accepted any more, requests in progress get until the deadline. `drained` is
  // called once, on some core's thread.
  void drain(Duration deadline, std::function<void()> drained);

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace stargate::app
