#include "gateway/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "codec/content_coding.h"
#include "codec/hash.h"
#include "codec/uri.h"
#include "gateway/answer.h"

namespace stargate::gateway {

namespace {

// A move of a short string moves its bytes: keep every body on the heap, where its address is stable and the padding
// behind it is ours.
void settle_in_place(std::string& body) {
  static_assert(base::kJsonPadding >= sizeof(std::string), "no string of this capacity lies within its object");
  body.reserve(body.size() + base::kJsonPadding);
}

std::string host_of(const std::string& url) {
  const auto parsed = codec::parse_url(url);
  return parsed ? parsed->host : std::string("the URL");
}

// The file, with signs of life while it is on its way. Errors: as FileFetch::wait(), and the client's own end.
Task<Result<ports::FetchedFile>> await_file(Call& call, ports::FileFetch& fetch) {
  for (;;) {
    const MonoTime asked = call.env().now();
    auto file = co_await fetch.wait(patience(call));
    call.upstream_wait += call.env().now() - asked;
    if (!file) co_return std::unexpected(std::move(file.error()));
    if (*file) co_return std::move(**file);
    auto alive = co_await sign_of_life(call);
    if (!alive) co_return std::unexpected(std::move(alive.error()));
  }
}

}  // namespace

Task<Result<std::unique_ptr<Inspected>>> inspect(Call& call) {
  const std::size_t bytes_max = call.catalog().body_bytes_max;
  auto body = co_await call.down.read_body(bytes_max);
  if (!body) co_return std::unexpected(std::move(body.error()));
  if (call.head().headers.has("content-encoding")) {
    body = codec::decode_content(std::move(*body), call.head().headers.joined("content-encoding"), bytes_max);
    if (!body) co_return std::unexpected(std::move(body.error()));
  }
  settle_in_place(*body);
  auto document = codec::json::Document::parse(*body);
  if (!document) {
    document.error().message = "The request body is not valid JSON: " + document.error().message;
    co_return std::unexpected(std::move(document.error()));
  }
  auto facts = llm::read_facts(call.route.dialect, *document);
  if (!facts) co_return std::unexpected(std::move(facts.error()));
  auto inspected = std::make_unique<Inspected>(std::move(*body), std::move(*document));
  inspected->facts = std::move(*facts);
  inspected->headers.anthropic_beta = call.head().headers.joined("anthropic-beta");
  inspected->headers.anthropic_version = std::string(call.head().headers.get("anthropic-version"));
  co_return inspected;
}

Task<Result<void>> fetch_files(Call& call, Inspected& inspected) {
  const Settings& settings = call.snapshot->settings;
  const std::vector<std::string>& urls = inspected.facts.urls;
  if (urls.empty()) co_return Result<void>{};
  if (!settings.fetch_files) {
    co_return base::client_error(ErrorCode::kBadRequest,
                                 "Fetching files by URL is switched off on this gateway; send them as base64 data.");
  }
  if (urls.size() > settings.files_max) {
    co_return base::client_error(
        ErrorCode::kBadRequest,
        fmt::format("The request names {} files by URL; at most {} are fetched.", urls.size(), settings.files_max));
  }
  std::size_t bytes_left = call.catalog().body_bytes_max / 4 * 3;  // all together, as base64, a body's worth
  for (const std::string& url : urls) {
    if (inspected.files.contains(url)) continue;
    const std::size_t bytes_max = std::min(settings.file_bytes_max, bytes_left);
    const auto fetch = call.services.fetcher->start(url, bytes_max, call.down.cancel());
    auto file = co_await await_file(call, *fetch);
    if (!file && file.error().code == ErrorCode::kCancelled) co_return std::unexpected(std::move(file.error()));
    if (!file) {
      co_return base::client_error(ErrorCode::kBadRequest, fmt::format("The file at {} could not be fetched: {}",
                                                                       host_of(url), file.error().message));
    }
    bytes_left -= std::min(bytes_left, file->bytes.size());
    inspected.files[url] = llm::File{std::move(file->media_type), codec::base64_encode(file->bytes)};
  }
  co_return Result<void>{};
}

}  // namespace stargate::gateway
