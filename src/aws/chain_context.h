// What every provider of the credential chain shares during one walk: settings, environment, the files once they are
// read, the questions to the driver, and the notes for "nothing is configured". Internal to the chain.
#pragma once

#include <coroutine>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aws/credential_chain.h"
#include "aws/shared_config.h"
#include "aws/walk.h"

namespace stargate::aws {

// A provider's answer: an identity, nothing ("not configured here"), or a failure that ends the chain.
using Found = Result<std::optional<SigningIdentity>>;

// Where a question waits for its answer.
struct Mailbox {
  std::optional<Action> question;
  Outcome answer;
  std::coroutine_handle<> waiting;
};

// Awaiting it stops the walk until the driver has answered.
template <class Answer>
struct Asked {
  Mailbox* mailbox;
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) const noexcept { mailbox->waiting = self; }
  Answer await_resume() const {
    if (auto* answer = std::get_if<Answer>(&mailbox->answer)) return std::move(*answer);
    Answer none;
    none.trouble = "no outcome was given";
    return none;
  }
};

struct ChainContext {
  ChainSettings settings;
  Environment environment;
  WallTime now;
  std::string profile;  // the active one
  Mailbox mailbox = {};
  SharedConfig files = {};
  bool files_loaded = false;
  std::string tried = {};

  [[nodiscard]] std::string_view env(std::string_view name) const { return lookup(environment, name); }
  [[nodiscard]] bool profile_is_chosen() const;  // by settings or by the environment
  [[nodiscard]] std::string region() const;      // from what has been read so far, may be empty

  Asked<FileRead> read(std::string path);
  Asked<ProcessEnded> run(std::vector<std::string> argv);
  Asked<HttpAnswered> call(HttpCall call);

  // Notes why a provider was passed over, and says "nothing here".
  Found pass(std::string_view provider, std::string_view why);
};

// The file's path with a leading "~/" replaced by HOME; empty when that is needed and unknown.
std::string expand_home(const ChainContext& context, std::string_view path);

// Reads both shared files, once. A file that is not there is an empty one.
Walk<Result<void>> load_files(ChainContext& context);

// Asks up to `attempts` times while there is no answer, or a 429 or 5xx.
Walk<HttpAnswered> call_patiently(ChainContext& context, HttpCall call, int attempts);

// Errors of the chain. broken: the configuration is wrong; unavailable: it is right, but did not work.
Failure broken(std::string_view provider, std::string_view what);
Failure unavailable(std::string_view provider, std::string_view what, Retry retry = Retry::kNo, int status = 0,
                    std::string type = {});

// What a failed HttpAnswered says of itself: its trouble, or its status.
std::string describe(const HttpAnswered& answer);

// Control characters would let a value become several header lines.
bool fit_for_header(std::string_view value);

// A whole number within the bounds; nullopt otherwise.
std::optional<int> parse_whole(std::string_view text, int min, int max);

// How long to wait before the attempt with this number (0, 1, ...).
Duration delay_before(int attempt);

}  // namespace stargate::aws
