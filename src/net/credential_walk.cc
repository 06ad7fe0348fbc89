#include "net/credential_walk.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <system_error>
#include <utility>
#include <variant>

#include "aws/shared_config.h"
#include "aws/sigv4.h"
#include "codec/uri.h"
#include "net/process.h"
#include "net/side_thread.h"

namespace stargate::net {
namespace {

using ports::Task;

constexpr std::chrono::seconds kProcessTimeMax{60};
constexpr int kStepsMax = 200;  // more than any chain of roles with all its retries asks for

// What one walk works with. Lives in the walk's coroutine.
struct Walker {
  CredentialHome home;
  SideThread side;
  ports::Cancel& cancel;
};

Task<aws::Outcome> perform(Walker& walker, aws::ReadFile action) {
  aws::FileRead file;
  const std::function<void()> job = [&file, &action] {
    file = read_small_file(action.path, aws::kSharedConfigBytesMax);
  };
  const bool done = co_await walker.side.run(job);
  if (!done) file = {.found = false, .text = {}, .trouble = "cancelled"};
  co_return file;
}

Task<aws::Outcome> perform(Walker& walker, aws::RunProcess action) {
  ProcessResult result;
  const std::atomic<bool>& cancelled = walker.side.cancelled();
  const std::function<void()> job = [&result, &cancelled, &action] {
    result = run_process(action.argv, aws::kProcessOutputBytesMax, kProcessTimeMax, cancelled);
  };
  const bool done = co_await walker.side.run(job);
  if (!done) result.trouble = "cancelled";
  co_return aws::ProcessEnded{
      .exit_code = result.exit_code, .out = std::move(result.out), .trouble = std::move(result.trouble)};
}

// Adds what belongs to the call: Host, its own headers, and a signature over both.
void add_headers(const aws::HttpCall& call, const codec::Url& url, WallTime now, ports::UpstreamRequest& request) {
  const std::string host = url.authority();
  request.headers.add("Host", host);
  for (const auto& [name, value] : call.headers) request.headers.add(name, value);
  if (!call.sign) return;
  const auto [path, query] = codec::split_target(url.target);
  aws::SigningRequest signing{
      .method = call.method, .path = path, .query = query, .headers = {}, .body_hash = codec::sha256(call.body)};
  signing.headers.emplace_back("host", host);
  for (const auto& [name, value] : call.headers) signing.headers.emplace_back(name, value);
  for (auto& [name, value] : aws::sign(signing, call.sign->identity, {call.sign->region, call.sign->service}, now)) {
    request.headers.add(std::move(name), std::move(value));
  }
}

Task<aws::Outcome> perform(Walker& walker, aws::HttpCall call) {
  aws::HttpAnswered answered;
  ports::Env& env = walker.home.env;
  if (call.delay > Duration::zero()) {
    // Between half and one and a half times as long.
    const Duration wait = call.delay / 2 + call.delay / 1000 * static_cast<std::int64_t>(env.random() % 1000);
    const auto slept = co_await env.sleep(wait, walker.cancel);
    if (!slept) {
      answered.trouble = "cancelled";
      co_return answered;
    }
  }
  const auto url = codec::parse_url(call.url);
  if (!url) {
    answered.trouble = "bad URL: " + url.error().message;
    co_return answered;
  }
  ports::UpstreamRequest request;
  request.origin = {.host = url->host, .port = url->port, .tls = url->tls()};
  request.method = call.method;
  request.target = url->target;
  add_headers(call, *url, env.wall(), request);
  if (!call.body.empty()) request.body.emplace_back(call.body);
  request.deadlines = {
      .connect = call.timeout, .first_byte = call.timeout, .between_bytes = call.timeout, .total = call.timeout * 2};
  request.direct = call.local;
  auto answer = co_await ports::fetch_whole(walker.home.upstream, std::move(request), aws::kCredentialAnswerBytesMax,
                                            walker.cancel);
  if (!answer) {
    answered.trouble = answer.error().message.empty() ? "no answer" : answer.error().message;
    co_return answered;
  }
  answered.status = answer->head.status;
  answered.body = std::move(answer->body);
  co_return answered;
}

// The next thing to do, or nothing when the walk has ended.
Task<aws::Outcome> perform_any(Walker& walker, aws::Action& action) {
  if (auto* file = std::get_if<aws::ReadFile>(&action)) {
    aws::Outcome outcome = co_await perform(walker, std::move(*file));
    co_return outcome;
  }
  if (auto* process = std::get_if<aws::RunProcess>(&action)) {
    aws::Outcome outcome = co_await perform(walker, std::move(*process));
    co_return outcome;
  }
  aws::Outcome outcome = co_await perform(walker, std::move(std::get<aws::HttpCall>(action)));
  co_return outcome;
}

}  // namespace

aws::FileRead read_small_file(const std::string& path, std::size_t bytes_max) {
  aws::FileRead file;
  const auto trouble = [&file](int error) {
    file.text.clear();
    file.found = false;
    file.trouble = std::generic_category().message(error);
    return file;
  };
  // Not blocking: a named pipe without a writer must not hold us up.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? file : trouble(errno);
  std::array<char, 16 * 1024> buffer{};
  int error = 0;
  for (;;) {
    const ssize_t size = read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) error = errno;
    if (size <= 0) break;
    file.text.append(buffer.data(), static_cast<std::size_t>(size));
    if (file.text.size() > bytes_max) error = EFBIG;
    if (error != 0) break;
  }
  close(fd);
  if (error != 0) return trouble(error);
  file.found = true;
  return file;
}

Task<Result<aws::Done>> walk_credential_chain(CredentialHome home, aws::ChainSettings settings,
                                              aws::Environment environment, ports::Cancel& cancel) {
  Walker walker{.home = home, .side = SideThread(home.core), .cancel = cancel};
  const ports::Cancel::Hook hook(cancel, [&walker] { walker.side.cancel(); });
  aws::CredentialChain chain(std::move(settings), std::move(environment), home.env.wall());
  aws::Action action = chain.next({});
  for (int step = 0; step < kStepsMax; ++step) {
    if (auto* done = std::get_if<aws::Done>(&action)) co_return std::move(*done);
    if (auto* failed = std::get_if<aws::Failed>(&action)) co_return std::unexpected(std::move(failed->error));
    if (auto* nothing = std::get_if<aws::NotConfigured>(&action)) {
      co_return base::fail(ErrorCode::kNotConfigured, nothing->tried);
    }
    aws::Outcome outcome = co_await perform_any(walker, action);
    if (cancel.requested() || home.core.stopping()) co_return base::fail(ErrorCode::kCancelled, "cancelled");
    action = chain.next(std::move(outcome));
  }
  co_return base::fail(ErrorCode::kInternal, "the credential chain does not end");
}

}  // namespace stargate::net
