#include "aws/chain_context.h"

#include <algorithm>
#include <charconv>

namespace stargate::aws {

bool ChainContext::profile_is_chosen() const {
  return !settings.profile.empty() || !env("AWS_PROFILE").empty() || !env("AWS_DEFAULT_PROFILE").empty();
}

std::string ChainContext::region() const { return resolve_region(settings.region, environment, files, profile); }

Asked<FileRead> ChainContext::read(std::string path) {
  mailbox.question = ReadFile{std::move(path)};
  return {&mailbox};
}

Asked<ProcessEnded> ChainContext::run(std::vector<std::string> argv) {
  mailbox.question = RunProcess{std::move(argv)};
  return {&mailbox};
}

Asked<HttpAnswered> ChainContext::call(HttpCall call) {
  mailbox.question = std::move(call);
  return {&mailbox};
}

Found ChainContext::pass(std::string_view provider, std::string_view why) {
  if (!tried.empty()) tried.append("; ");
  tried.append(provider).append(": ").append(why);
  return std::optional<SigningIdentity>();
}

std::string expand_home(const ChainContext& context, std::string_view path) {
  if (!path.starts_with("~/")) return std::string(path);
  const std::string_view home = context.env("HOME");
  if (home.empty()) return {};
  return std::string(home).append(path.substr(1));
}

Walk<Result<void>> load_files(ChainContext& context) {
  if (context.files_loaded) co_return Result<void>();
  struct SharedFile {
    const char* variable;
    const char* usual;
    Result<void> (*parse)(std::string_view, SharedConfig&);
  };
  constexpr SharedFile kFiles[] = {{"AWS_CONFIG_FILE", "~/.aws/config", parse_config_file},
                                   {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", parse_credentials_file}};
  SharedConfig files;
  for (const SharedFile& file : kFiles) {
    const std::string_view chosen = context.env(file.variable);
    const std::string path = expand_home(context, chosen.empty() ? file.usual : chosen);
    if (path.empty()) continue;
    const FileRead read = co_await context.read(path);
    if (!read.trouble.empty()) co_return unavailable(path, read.trouble);
    if (!read.found) continue;
    const Result<void> parsed = file.parse(read.text, files);
    if (!parsed) co_return broken(path, parsed.error().message);
  }
  context.files = std::move(files);
  context.files_loaded = true;
  co_return Result<void>();
}

Walk<HttpAnswered> call_patiently(ChainContext& context, HttpCall call, int attempts) {
  HttpAnswered answer;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    call.delay = delay_before(attempt);
    answer = co_await context.call(call);
    const bool again = answer.status == 0 || answer.status == 429 || answer.status >= 500;
    if (!again) break;
  }
  co_return answer;
}

Failure broken(std::string_view provider, std::string_view what) {
  return base::fail(ErrorCode::kBadRequest, std::string(provider).append(": ").append(what));
}

Failure unavailable(std::string_view provider, std::string_view what, Retry retry, int status, std::string type) {
  Error error;
  error.code = ErrorCode::kUnavailable;
  error.source = ErrorSource::kUpstream;
  error.retry = retry;
  error.message = std::string(provider).append(": ").append(what);
  error.upstream_status = status;
  error.type = std::move(type);
  return std::unexpected(std::move(error));
}

std::string describe(const HttpAnswered& answer) {
  if (answer.status == 0) return answer.trouble.empty() ? "no answer" : answer.trouble;
  return "answered " + std::to_string(answer.status);
}

bool fit_for_header(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::optional<int> parse_whole(std::string_view text, int min, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max) return std::nullopt;
  return value;
}

Duration delay_before(int attempt) {
  constexpr std::chrono::milliseconds kFirst{200};
  if (attempt == 0) return Duration::zero();
  return kFirst * (1 << std::min(attempt - 1, 5));
}

}  // namespace stargate::aws
