// Ways to answer a call: whole, as an error in the caller's dialect, or as a stream with signs of life.
#pragma once

#include <string>
#include <string_view>

#include "gateway/call.h"

namespace stargate::gateway {

// Headers that even a refused request's answer bears: request ids, CORS. `asked` is the request's head.
void add_first_headers(codec::http1::Headers& headers, const codec::http1::RequestHead& asked, llm::Dialect dialect,
                       const std::string& request_id, const std::string& call_id);

// These, model id and durations. The overhead is what it is now: it goes into the record too.
void add_standard_headers(Call& call, codec::http1::Headers& headers);

Task<Result<void>> respond_json(Call& call, int status, std::string body);
Task<Result<void>> respond_fixed(Call& call, std::string_view json);  // 200; `json` is a literal
Task<Result<void>> respond(Call& call, int status, codec::http1::Headers headers, std::string body);

// The error in the dialect of the call's route: as an answer, or as the stream's own error event when one has begun.
// Never fails; a client that is gone hears nothing.
Task<void> refuse(Call& call, Error error);

// Sends bytes of a stream; the first call sends status and headers with them. Counts as a sign of life.
Task<Result<void>> send(Call& call, std::string_view bytes);
Task<Result<void>> end_stream(Call& call);

// How long a wait for the upstream may last before the client must hear something (whole answers: no bound).
Duration patience(const Call& call);
// Sends a ping when one is due. Does nothing for whole answers.
Task<Result<void>> sign_of_life(Call& call);
// Sleeps, with signs of life.
Task<Result<void>> pause(Call& call, Duration time);

}  // namespace stargate::gateway
