// What the gateway's corridor needs of the language rooms: read the facts of a request, make the upstream's request,
// turn the upstream's events into the client's bytes, and say errors in the client's words. All pure.
//
//   Document ──facts()──> Facts ──(gateway plans)──> Target ──prepare()──> Prepared ──> wire
//   wire ──FrameReader──> event payloads ──Reply──> client bytes + Usage
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "codec/http1.h"
#include "codec/json.h"
#include "llm/binding/capabilities.h"
#include "llm/dialect.h"
#include "llm/usage.h"

namespace stargate::llm {

// Step "inspect" --------------------------------------------------------------------------------------------------

struct Facts {
  std::string model;  // as the client named it
  bool stream = false;
  std::optional<std::int64_t> max_tokens;  // as asked
  std::int64_t input_tokens_estimate = 0;  // conservative: never below the real count in the test corpus
  std::vector<std::string> urls;           // files named by URL that must be fetched before prepare()
  bool include_usage = false;              // OpenAI stream_options.include_usage
  std::string end_user;                    // OpenAI `user` / Messages metadata.user_id as given
  std::string session_id;                  // Claude Code: session_id inside metadata.user_id; may be empty
};

// Errors (source client): kBadRequest naming the member: no object, model missing or not a string, a controlled member
// twice, messages missing, wrong types of what is read here.
Result<Facts> read_facts(Dialect dialect, const codec::json::Document& body);

// Step "prepare" --------------------------------------------------------------------------------------------------

// Where the request goes and what that model takes. Points into the configuration snapshot.
struct Target {
  std::string_view upstream_model;  // Bedrock id, profile id or ARN
  const binding::Capabilities* capabilities = nullptr;
  std::int64_t max_output_tokens = 0;              // the model's maximum; 0 = unknown
  bool drop_params = false;                        // litellm_settings.drop_params or the deployment's own
  std::vector<std::string> drop_fields;            // additional_drop_params: top-level members to leave out
  std::optional<std::int64_t> default_max_tokens;  // litellm_params.max_tokens
  std::string default_members;  // further JSON members of litellm_params to add when absent: {"temperature":0.2}
};

// A file fetched for a URL in Facts::urls. `media_type` as the server said.
struct File {
  std::string media_type;
  std::string base64;
};
using Files = std::map<std::string, File, std::less<>>;

// One thing a rewrite left out or changed: a log line, a debug header and a reviewed golden line.
struct Loss {
  std::string what;    // "beta:advanced-tool-use-2025-11-20", "field:seed", "tools[3].strict"
  std::string action;  // "dropped", "renamed to tool-search-tool-2025-10-19", "folded into user turn"
};

// The upstream's request. `pieces` view the original body and `storage`; both must outlive it.
struct Prepared {
  std::string target;             // "/model/<id>/invoke-with-response-stream"
  codec::http1::Headers headers;  // Content-Type, Accept, X-Amzn-Bedrock-*; no Host, no signature
  std::vector<std::string_view> pieces;
  std::shared_ptr<void> storage;  // owns what pieces view besides the original
  std::vector<Loss> losses;
  std::vector<std::pair<std::string, std::string>> tool_names;  // upstream name -> client's name, where rewritten
  std::string json_tool;                     // set: the answer's JSON comes as arguments of this forced tool
  std::vector<std::string> sent_betas;       // beta flags that stand in the body, for learn()
  bool folds_system_role = false;            // role:"system" messages were folded into user turns
  std::vector<std::size_t> system_messages;  // places in `messages` of those that went out with the role, for learn()
  [[nodiscard]] std::size_t body_bytes() const;
};

// Client headers that matter to a language: anthropic-beta (all fields joined), anthropic-version.
struct ClientHeaders {
  std::string anthropic_beta;
  std::string anthropic_version;
};

// What an earlier 400 of this upstream model taught: leave these out. Filled by learn() for the request that was
// refused; only when its retry is answered is the lesson proven and kept for others (see keep()).
struct Learned {
  std::set<std::string, std::less<>> betas;
  std::set<std::string, std::less<>> fields;  // field patterns in the notation of Capabilities
  bool fold_system_role = false;
  bool one_of_temperature_and_top_p = false;
  // Left out of the refused request's retry only: the refusal did not say which of several flags it meant.
  std::set<std::string, std::less<>> betas_once;
  [[nodiscard]] bool empty() const {
    return betas.empty() && fields.empty() && betas_once.empty() && !fold_system_role && !one_of_temperature_and_top_p;
  }
  // Takes over what lasts of a proven lesson. True when something was new.
  bool keep(const Learned& proven);
};

// Messages -> Claude on Bedrock splices, Chat -> Claude translates. Always the streaming operation: a client that
// asked for a whole answer gets it from an aggregating Reply. Deterministic: same input, same bytes.
// Errors (source client): kBadRequest, dialect wording is the grammar's ("messages.3.content: ...").
Result<Prepared> prepare(Dialect dialect, const codec::json::Document& body, const Facts& facts,
                         const ClientHeaders& headers, const Target& target, const Files& files,
                         const Learned& learned);

// CountTokens of Bedrock for a Messages count_tokens body: POST /model/<bare id>/count-tokens.
Result<Prepared> prepare_count_tokens(const codec::json::Document& body, const ClientHeaders& headers,
                                      const Target& target, const Files& files, const Learned& learned);
// The upstream's {"inputTokens":N} -> {"input_tokens":N}.
Result<std::string> count_tokens_reply(std::string_view upstream_body);

// Reads what a Bedrock 400 complains of; true when something new went into `learned` and a retry can help
// ("invalid beta flag", "<field>: Extra inputs are not permitted", "Unexpected role \"system\"" ...).
// `sent` is the refused request: an unnamed "invalid beta flag" means the only flag it carried, or leaves all of them
// out once; a role is only learned from when a message went out with it.
bool learn(std::string_view message, const Prepared& sent, Learned& learned);

// Step "relay" ----------------------------------------------------------------------------------------------------

// Upstream body bytes -> event payloads (each one JSON text of the upstream's grammar, padded for codec::json).
// Bedrock: AWS event-stream frames around base64. An exception frame is an Error with the upstream's type and wording.
class FrameReader {
 public:
  FrameReader();
  ~FrameReader();
  FrameReader(FrameReader&&) noexcept;
  FrameReader& operator=(FrameReader&&) noexcept;
  void feed(std::string_view bytes);
  // True: `payload` is valid until the next call. False: more bytes are needed.
  Result<bool> next(std::string_view& payload);
  [[nodiscard]] bool mid_frame() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct ReplyOptions {
  Dialect dialect = Dialect::kAnthropicMessages;
  bool stream = true;
  bool include_usage = false;
  std::string model;  // as the client named it: Chat answers bear it
  std::string id;     // for Chat: "chatcmpl-..."
  std::int64_t created_s = 0;
  std::vector<std::pair<std::string, std::string>> tool_names;
  std::string json_tool;
};

// Upstream events in, client bytes out. For a stream the bytes are SSE; otherwise they are appended to `out` whole by
// finish(). Owns the state machine of one answer.
class Reply {
 public:
  virtual ~Reply() = default;
  // One event of the upstream. Unknown event types pass (Messages) or are skipped (Chat). Errors: kBadGateway for an
  // event that is not JSON or out of order; an `error` event of the upstream as that error.
  virtual Result<void> on_event(std::string_view payload, std::string& out) = 0;
  // The upstream's body ended. Error kBadGateway when the answer was not complete (no message_stop).
  virtual Result<void> finish(std::string& out) = 0;
  // A sign of life in the client's framing: `event: ping` for Messages, a comment line for Chat. Streams only.
  virtual void ping(std::string& out) const = 0;
  // Ends a stream that has begun with the dialect's own error event.
  virtual void fail(const Error& error, std::string_view request_id, std::string& out) const = 0;

  [[nodiscard]] const Usage& usage() const { return usage_; }
  [[nodiscard]] const std::string& finish_reason() const { return finish_reason_; }  // the upstream's raw word
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] bool content_started() const { return content_started_; }

 protected:
  Usage usage_;
  std::string finish_reason_;
  bool complete_ = false;
  bool content_started_ = false;
};

std::unique_ptr<Reply> make_reply(ReplyOptions options);

// Errors ----------------------------------------------------------------------------------------------------------

// Reads an upstream's error answer (Bedrock: x-amzn-ErrorType, __type, message; maybe empty or HTML).
// The wording is kept, account ids and ARNs are masked. Retry is set by bedrock's table.
Error read_upstream_error(const codec::http1::ResponseHead& head, std::string_view body);
// The same for an exception inside a stream.
Error upstream_exception(std::string_view type, std::string_view payload);

struct RenderedError {
  int status = 500;
  codec::http1::Headers headers;  // retry-after, x-should-retry, request-id ...; Content-Type
  std::string body;
};
RenderedError render_error(Dialect dialect, const Error& error, std::string_view request_id);

}  // namespace stargate::llm
