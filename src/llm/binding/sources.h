// Images and documents that a Messages body names by URL or file id. InvokeModel takes base64 and text only.
#pragma once

#include <string>
#include <vector>

#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm::binding {

// The https URLs in document order, without doubles. Errors (source client): kBadRequest naming the place, for http and
// other schemes and for files of the Files API.
Result<std::vector<std::string>> list_source_urls(const codec::json::Document& body);

// Puts fetched files and data: URLs in place of URL sources. Errors: as above, and for a URL that is not in `files` or
// whose media type the block cannot hold.
Result<void> inline_sources(const codec::json::Document& body, const Files& files, codec::json::Edits& edits,
                            std::vector<Loss>& losses);

}  // namespace stargate::llm::binding
