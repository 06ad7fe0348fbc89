#include "store/database_url.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>
#include <utility>

namespace stargate::store {
namespace {

// Every keyword that this libpq takes in a URL.
const std::set<std::string, std::less<>>& libpq_keywords() {
  static const std::set<std::string, std::less<>> kKeywords = [] {
    std::set<std::string, std::less<>> keywords;
    PQconninfoOption* const options = PQconndefaults();
    for (const PQconninfoOption* option = options; option != nullptr && option->keyword != nullptr; ++option) {
      keywords.insert(option->keyword);
    }
    PQconninfoFree(options);
    return keywords;
  }();
  return kKeywords;
}

void take_parameter(std::string_view parameter, DatabaseUrl& url, std::string& kept) {
  const std::size_t equals = std::min(parameter.find('='), parameter.size());
  const std::string_view name = parameter.substr(0, equals);
  const std::string_view value = parameter.substr(std::min(equals + 1, parameter.size()));
  if (name.empty()) return;
  if (name == "schema") {
    url.schema = value;
  } else if (name == "connection_limit") {
    std::from_chars(value.data(), value.data() + value.size(), url.connections);
  } else if (name == "pgbouncer") {
    url.keep_statements = value != "true";
  } else if (libpq_keywords().contains(name)) {
    kept += fmt::format("{}{}", kept.empty() ? '?' : '&', parameter);
  } else {
    url.ignored.emplace_back(name);
  }
}

// Whether libpq takes it, and takes no piece of an unescaped password for a host or a port: it would name them when it
// cannot connect.
bool is_sound(const std::string& target) {
  char* trouble = nullptr;  // quotes parts of the URL: never shown
  PQconninfoOption* const options = PQconninfoParse(target.c_str(), &trouble);
  bool sound = options != nullptr;
  for (const PQconninfoOption* option = options; sound && option->keyword != nullptr; ++option) {
    const std::string_view name = option->keyword;
    const std::string_view value = option->val == nullptr ? "" : option->val;
    if (name == "host" || name == "dbname") sound = value.find('@') == std::string_view::npos;
    if (name == "port") sound = value.find_first_not_of("0123456789,") == std::string_view::npos;
  }
  PQconninfoFree(options);
  PQfreemem(trouble);
  return sound;
}

Result<DatabaseUrl> parse_postgres(std::string_view text) {
  DatabaseUrl url;
  url.engine = Engine::kPostgres;
  const std::size_t mark = std::min(text.find('?'), text.size());
  std::string kept;
  for (std::string_view rest = text.substr(std::min(mark + 1, text.size())); !rest.empty();) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    take_parameter(rest.substr(0, end), url, kept);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::string target(text.substr(0, mark));
  target += kept;
  if (!is_sound(target)) {
    return base::fail(ErrorCode::kBadRequest,
                      "the database URL is not one of PostgreSQL; special characters in user and password are written "
                      "as %XX (postgresql://user:password@host:5432/name)");
  }
  url.target = Secret(std::move(target));
  return url;
}

}  // namespace

Result<DatabaseUrl> DatabaseUrl::parse(std::string_view url) {
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return parse_postgres(url);
  DatabaseUrl parsed;
  if (url.starts_with("sqlite:///")) {
    parsed.path = url.substr(std::string_view("sqlite://").size());
  } else if (url.starts_with("sqlite:") && !url.starts_with("sqlite:/")) {
    parsed.path = url.substr(std::string_view("sqlite:").size());
  } else {
    return base::fail(ErrorCode::kBadRequest,
                      "a database URL begins with postgresql:// or is sqlite:///absolute/path or sqlite:relative/path");
  }
  parsed.path.resize(std::min(parsed.path.find('?'), parsed.path.size()));
  if (parsed.path.empty() || parsed.path == "/" || parsed.path.front() == ':') {
    return base::fail(ErrorCode::kBadRequest, "a sqlite: URL names a file (sqlite:///var/lib/stargate/stargate.db)");
  }
  return parsed;
}

}  // namespace stargate::store
