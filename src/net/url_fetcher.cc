#include "net/url_fetcher.h"

#include <algorithm>
#include <cctype>
#include <exception>
#include <utility>

#include "net/address_guard.h"

namespace stargate::net {

struct UrlFetcher::Step {
  ports::FetchedFile file;
  std::optional<codec::Url> next;
};

namespace {

Failure refused(const codec::Url& url, std::string_view why) {
  return base::client_error(ErrorCode::kBadRequest, "cannot fetch from " + url.authority() + ": " + std::string(why));
}

// What the network said is not for the client: it would tell open ports from closed ones.
Failure of_network(const codec::Url& url, const Error& error) {
  if (error.code == ErrorCode::kCancelled) return std::unexpected(error);
  if (error.code == ErrorCode::kGatewayTimeout) return refused(url, "it took too long");
  return refused(url, "no proper answer");
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string media_type_of(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::tolower(c); });
  return type;
}

}  // namespace

Result<codec::Url> resolve_location(const codec::Url& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  std::string absolute;
  const std::size_t scheme_end = location.find(':');
  if (scheme_end != std::string_view::npos && scheme_end < location.find_first_of("/?")) {
    absolute = location;
  } else if (location.starts_with("//")) {
    absolute = base.scheme + ":" + std::string(location);
  } else {
    absolute = base.scheme + "://" + base.authority();
    const std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
    if (location.starts_with('?')) {
      absolute.append(path);
    } else if (!location.starts_with('/')) {
      absolute.append(path.substr(0, path.rfind('/') + 1));
    }
    absolute.append(location);
  }
  return codec::parse_url(absolute);
}

struct UrlFetcher::Flight {
  explicit Flight(Core& core) : landed(core) {}
  ports::Cancel cancel;
  Waiter landed;
  std::optional<Result<ports::FetchedFile>> result;
};

class UrlFetcher::Fetch final : public ports::FileFetch {
 public:
  Fetch(std::shared_ptr<Flight> flight, ports::Cancel& cancel)
      : flight_(std::move(flight)), cancel_(cancel), hook_(cancel, [flying = flight_] { flying->cancel.request(); }) {}
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  ~Fetch() override { flight_->cancel.request(); }

  ports::Task<Result<std::optional<ports::FetchedFile>>> wait(Duration patience) override {
    if (cancel_.requested()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
    const MonoTime patience_over = Core::after(patience);
    if (!flight_->result) {
      const Wake wake = co_await flight_->landed.wait(patience_over);
      if (wake == Wake::kInterrupted) co_return base::fail(ErrorCode::kCancelled, "cancelled");
    }
    if (!flight_->result) co_return std::nullopt;
    if (!*flight_->result) co_return std::unexpected(std::move(flight_->result->error()));
    co_return std::move(**flight_->result);
  }

 private:
  std::shared_ptr<Flight> flight_;
  ports::Cancel& cancel_;
  ports::Cancel::Hook hook_;
};

std::unique_ptr<ports::FileFetch> UrlFetcher::start(std::string url, std::size_t bytes_max, ports::Cancel& cancel) {
  auto flight = std::make_shared<Flight>(client_.core());
  auto fetch = std::make_unique<Fetch>(flight, cancel);
  tasks_.spawn(fly(*this, std::move(flight), std::move(url), bytes_max));
  return fetch;
}

ports::Task<void> UrlFetcher::fly(UrlFetcher& fetcher, std::shared_ptr<Flight> flight, std::string url,
                                  std::size_t bytes_max) {
  try {
    flight->result = co_await fetcher.fetch(std::move(url), bytes_max, flight->cancel);
  } catch (const std::exception&) {  // out of memory: whoever waits must not wait for ever
    flight->result = base::fail(ErrorCode::kInternal, "the file could not be taken");
  }
  flight->landed.wake_soon(Wake::kReady);
}

ports::Task<Result<ports::FetchedFile>> UrlFetcher::fetch(std::string url, std::size_t bytes_max,
                                                          ports::Cancel& cancel) {
  const MonoTime deadline = Core::after(settings_.time);
  Result<codec::Url> parsed = codec::parse_url(std::string_view(url).substr(0, url.find('#')));
  for (int redirects = 0; redirects <= settings_.redirects_max; ++redirects) {
    if (!parsed) co_return base::client_error(ErrorCode::kBadRequest, "not a proper URL: " + parsed.error().message);
    if (!parsed->tls()) co_return refused(*parsed, "only https URLs are fetched");
    auto step = co_await fetch_step(*parsed, bytes_max, deadline, cancel);
    if (!step) co_return std::unexpected(std::move(step.error()));
    if (!step->next) co_return std::move(step->file);
    parsed = std::move(*step->next);
  }
  co_return refused(*parsed, "too many redirects");
}

ports::Task<Result<Addresses>> UrlFetcher::checked_addresses(codec::Url url, MonoTime deadline, ports::Cancel& cancel) {
  const auto allowed = std::find_if(settings_.allowed.begin(), settings_.allowed.end(), [&](const AllowedHost& each) {
    return each.host == url.host && each.port == url.port;
  });
  if (allowed != settings_.allowed.end() && allowed->address) co_return Addresses{*allowed->address};
  auto addresses = co_await dns_.resolve(url.host, deadline, cancel);
  if (!addresses) co_return of_network(url, addresses.error());
  const bool all_public = std::all_of(addresses->begin(), addresses->end(), is_public_address);
  if (!all_public && allowed == settings_.allowed.end()) co_return refused(url, "its address is not a public one");
  co_return addresses;
}

ports::Task<Result<UrlFetcher::Step>> UrlFetcher::fetch_step(codec::Url url, std::size_t bytes_max, MonoTime deadline,
                                                             ports::Cancel& cancel) {
  auto addresses = co_await checked_addresses(url, deadline, cancel);
  if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  ports::UpstreamRequest request;
  request.origin = {url.host, url.port, true};
  request.method = "GET";
  request.target = url.target;
  request.headers.add("Host", url.authority());
  request.headers.add("Accept", "*/*");
  request.headers.add("Accept-Encoding", "identity");
  request.headers.add("User-Agent", "stargate");
  request.headers.add("Connection", "close");
  const Duration left = deadline - Core::now();
  request.deadlines = {left, left, left, left};
  auto started = co_await client_.start_at(std::move(request), std::move(*addresses), cancel);
  if (!started) co_return of_network(url, started.error());
  ports::UpstreamExchange& exchange = **started;
  Result<bool> there = false;
  while (there && !*there) there = co_await exchange.wait_head(left);
  if (!there) co_return of_network(url, there.error());
  Step step;
  if (is_redirect(exchange.head().status)) {
    auto next = resolve_location(url, exchange.head().headers.get("Location"));
    if (!next) co_return refused(url, "it redirects to no proper URL");
    step.next = std::move(*next);
    co_return step;
  }
  if (exchange.head().status != 200) {
    co_return refused(url, "it answered with status " + std::to_string(exchange.head().status));
  }
  step.file.media_type = media_type_of(exchange.head().headers.get("Content-Type"));
  bool small = exchange.head().content_length.value_or(0) <= bytes_max;
  while (small) {
    auto piece = co_await exchange.read_some(left);
    if (!piece) co_return of_network(url, piece.error());
    if (!*piece) continue;
    if ((*piece)->empty()) co_return step;
    small = step.file.bytes.size() + (*piece)->size() <= bytes_max;
    if (small) step.file.bytes.append(**piece);
  }
  co_return base::client_error(ErrorCode::kTooLarge, "the file at " + url.authority() + " is too large");
}

}  // namespace stargate::net
