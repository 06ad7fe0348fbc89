// Step 2: the request's body becomes an index over its bytes and the facts that planning needs.
#pragma once

#include <memory>
#include <string>

#include "codec/json.h"
#include "gateway/call.h"
#include "llm/lane/lane.h"

namespace stargate::gateway {

// Owns the body; `document` views it, so the address must not change: always held by unique_ptr.
struct Inspected {
  std::string body;
  codec::json::Document document;
  llm::Facts facts;
  llm::Files files;  // by URL, fetched
  llm::ClientHeaders headers;

  Inspected(std::string b, codec::json::Document d) : body(std::move(b)), document(std::move(d)) {}
  Inspected(const Inspected&) = delete;
  Inspected& operator=(const Inspected&) = delete;
};

// Reads the body, undoes Content-Encoding, indexes it. Errors: as Downstream::read_body, kBadRequest with the place.
Task<Result<std::unique_ptr<Inspected>>> inspect(Call& call);

// Fetches the files that the request names by URL. Errors: kBadRequest naming the URL's host and the reason.
Task<Result<void>> fetch_files(Call& call, Inspected& inspected);

}  // namespace stargate::gateway
