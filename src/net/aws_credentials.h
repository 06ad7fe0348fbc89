// AWS credentials for the gateway's cores: fixed ones, and ones that are renewed before they expire.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/credential_chain.h"
#include "net/credential_walk.h"
#include "ports/credentials.h"

namespace stargate::net {

// An identity that never changes. Thread-safe.
class StaticCredentials final : public ports::Credentials {
 public:
  explicit StaticCredentials(aws::SigningIdentity identity)
      : identity_(std::make_shared<const aws::SigningIdentity>(std::move(identity))) {}
  ports::Task<Result<std::shared_ptr<const aws::SigningIdentity>>> get(Duration /*patience*/,
                                                                       ports::Cancel& /*cancel*/) override {
    co_return identity_;
  }
  void refused(const aws::SigningIdentity& /*identity*/) override {}

 private:
  std::shared_ptr<const aws::SigningIdentity> identity_;
};

// How a refresh ended, for the log. Exactly one of the two is set; neither holds a secret.
struct RefreshReport {
  const aws::SigningIdentity* identity = nullptr;
  const Error* error = nullptr;
};
using RefreshObserver = std::function<void(const RefreshReport&)>;  // called on the home's core; must not wait

// The credential chain behind a cache that all cores share.
//
// - Fresh credentials are answered from memory. Less than 15 minutes before their expiry one refresh runs in the
//   background and its failure does not matter; less than 10 minutes before, get() waits for it, and falls back to the
//   old credentials while they have not expired.
// - There is one refresh at a time, always on the home's core. Whoever waits for it is woken through the executor of
//   its own core.
// - After a failure the chain is left alone for a while (half a second, doubling up to 30 s; 30 to 60 s while old
//   credentials still serve): get() answers with the old credentials or the last error meanwhile.
// - Credentials from instance metadata are used past their expiry when no newer ones can be had, and the service is
//   asked again after 5 to 10 minutes.
// - refused() makes the next get() refresh first, at most every 30 s; whoever asks meanwhile waits for that.
//
// Thread-safe: get() on any core (its Task on that core's io_context), refused() on any thread. The mutex inside is
// never held across a suspension. Destroy it, or call stop(), before the home's core ends.
class RefreshingCredentials final : public ports::Credentials {
 public:
  RefreshingCredentials(aws::ChainSettings settings, aws::Environment environment, CredentialHome home,
                        RefreshObserver observer = {});
  RefreshingCredentials(const RefreshingCredentials&) = delete;
  RefreshingCredentials& operator=(const RefreshingCredentials&) = delete;
  ~RefreshingCredentials() override;

  ports::Task<Result<std::shared_ptr<const aws::SigningIdentity>>> get(Duration patience,
                                                                       ports::Cancel& cancel) override;
  void refused(const aws::SigningIdentity& identity) override;

  // Ends the refresh in flight and wakes whoever waits (kUnavailable). From any thread; get() fails from now on.
  void stop();

 private:
  class Shared;
  std::shared_ptr<Shared> shared_;
};

// StaticCredentials when the settings hold a whole identity themselves (keys or a Bedrock API key, and no role), else
// RefreshingCredentials. `environment`: the process's, read once by the caller.
std::shared_ptr<ports::Credentials> make_credentials(aws::ChainSettings settings, aws::Environment environment,
                                                     CredentialHome home, RefreshObserver observer = {});

}  // namespace stargate::net
