// Times as AWS writes them: ISO-8601 in credential documents, HTTP dates in answers, SigV4's basic form. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stargate::aws {

// RFC 3339 / ISO-8601 extended: "2026-01-01T00:00:00Z", with optional fraction (cut to nanoseconds) and an offset
// ("+00:00", "-0530"). "UTC" instead of "Z" is taken too (old SSO caches). nullopt: not of that form, or out of range.
std::optional<WallTime> parse_iso8601(std::string_view text);

// SigV4's "20260101T000000Z", nothing else.
std::optional<WallTime> parse_amz_date(std::string_view text);

// RFC 9110 IMF-fixdate: "Thu, 01 Jan 2026 00:00:00 GMT". The weekday is not compared with the date.
std::optional<WallTime> parse_http_date(std::string_view text);

// "2026-01-01T00:00:00Z", whole seconds.
std::string format_iso8601(WallTime time);

}  // namespace stargate::aws
