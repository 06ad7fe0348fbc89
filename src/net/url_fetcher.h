// Files named by URL in a client's message, fetched without letting the client reach into our network.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/uri.h"
#include "net/client.h"
#include "net/dns_cache.h"
#include "net/task_group.h"
#include "ports/upstream.h"

namespace stargate::net {

// A host that may be fetched from although its address is special: an intranet's image server, or a test's.
struct AllowedHost {
  std::string host;  // lower case, as in the URL
  std::uint16_t port = 443;
  std::optional<Address> address;  // connect there instead of looking the name up
};

struct FetcherSettings {
  Duration time = std::chrono::seconds(10);  // everything together, redirects included
  int redirects_max = 3;
  std::vector<AllowedHost> allowed;
};

// HTTPS only. A name is looked up here, every address it has must be public (see is_public_address), and the connection
// goes to those very addresses, so that a second answer of the DNS changes nothing; the certificate is verified for the
// name. Each redirect starts over. Never through a proxy: a proxy would look the name up again. No credentials, no
// cookies. One per core; uses the client's connector without its pool, and looks names up by itself: a client that
// names slow ones delays no other upstream. Each file is a task of the fetcher's, so that whoever asked for it can look
// after other things meanwhile; the fetcher is destroyed after its core has stopped.
//
// Errors are the client's (source kClient): kBadRequest that names the host and not what lies behind it, kTooLarge, and
// kCancelled.
class UrlFetcher final : public ports::Fetcher {
 public:
  static constexpr std::size_t kLookupsMax = 8;  // names under way at a time

  UrlFetcher(Client& client, FetcherSettings settings)
      : client_(client),
        settings_(std::move(settings)),
        dns_(client.core(), client.settings().dns_ttl, kLookupsMax),
        tasks_(client.core()) {}

  std::unique_ptr<ports::FileFetch> start(std::string url, std::size_t bytes_max, ports::Cancel& cancel) override;

 private:
  struct Flight;  // a file under way
  class Fetch;    // who waits for it
  struct Step;    // a file or where to go next
  static ports::Task<void> fly(UrlFetcher& fetcher, std::shared_ptr<Flight> flight, std::string url,
                               std::size_t bytes_max);
  ports::Task<Result<ports::FetchedFile>> fetch(std::string url, std::size_t bytes_max, ports::Cancel& cancel);
  ports::Task<Result<Addresses>> checked_addresses(codec::Url url, MonoTime deadline, ports::Cancel& cancel);
  ports::Task<Result<Step>> fetch_step(codec::Url url, std::size_t bytes_max, MonoTime deadline, ports::Cancel& cancel);

  Client& client_;
  FetcherSettings settings_;
  DnsCache dns_;
  TaskGroup tasks_;  // the files under way; each ends soon after whoever asked for it has gone
};

// Where a Location leads, given the URL that answered with it. Errors: kBadRequest.
Result<codec::Url> resolve_location(const codec::Url& base, std::string_view location);

}  // namespace stargate::net
