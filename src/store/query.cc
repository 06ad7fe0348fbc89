#include "store/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace stargate::store {
namespace {

bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  pattern += '%';
  return pattern;
}

}  // namespace

std::string Query::place(Value value) {
  values_.push_back(std::move(value));
  return fmt::format("${}", values_.size());
}

Query& Query::where(std::string_view condition) {
  text_ += has_where_ ? " AND " : " WHERE ";
  has_where_ = true;
  return append(condition);
}

Query& Query::where_equal(std::string_view column, const std::string& text) {
  if (text.empty()) return *this;
  return where(fmt::format("{} = {}", column, place(to_value(text))));
}

Query& Query::where_any(std::string_view column, const std::vector<std::string>& texts) {
  if (texts.empty()) return *this;
  return where(any_of(*this, column, texts));
}

Query& Query::where_contains(std::string_view column, const std::string& text) {
  if (text.empty()) return *this;
  // lower() of a column knows ASCII alone in both engines (COLLATE "C").
  return where(fmt::format("lower({}) LIKE {} ESCAPE '\\'", column, place(to_value(like_pattern(text)))));
}

Query& Query::where_at_least(std::string_view column, const Value& value) {
  if (is_null(value)) return *this;
  return where(fmt::format("{} >= {}", column, place(value)));
}

Query& Query::where_at_most(std::string_view column, const Value& value) {
  if (is_null(value)) return *this;
  return where(fmt::format("{} <= {}", column, place(value)));
}

Query& Query::where_below(std::string_view column, const Value& value) {
  if (is_null(value)) return *this;
  return where(fmt::format("{} < {}", column, place(value)));
}

std::string any_of(Query& query, std::string_view column, const std::vector<std::string>& texts) {
  std::string condition = fmt::format("{} IN (", column);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    condition += fmt::format("{}{}", i == 0 ? "" : ", ", query.place(to_value(texts[i])));
  }
  return condition + ")";
}

std::string order_by(std::string_view column, std::string_view identity, bool descending, Nulls nulls) {
  std::string order(column);
  if (descending) order += " DESC";
  // The engines disagree where NULL belongs when it is not said.
  if (nulls == Nulls::kSmallest) order += descending ? " NULLS LAST" : " NULLS FIRST";
  while (!identity.empty()) {
    const std::size_t comma = std::min(identity.find(", "), identity.size());
    if (identity.substr(0, comma) != column) {
      order += fmt::format(", {}{}", identity.substr(0, comma), descending ? " DESC" : "");
    }
    identity.remove_prefix(std::min(comma + 2, identity.size()));
  }
  return order;
}

Result<void> check_page(const ports::Page& page) {
  constexpr std::int64_t kPageNumberMax = 100'000'000;
  if (page.number < 1 || page.number > kPageNumberMax) {
    return base::fail(ErrorCode::kBadRequest, fmt::format("pages count from 1 to {}", kPageNumberMax));
  }
  return check_rows(page.size);
}

Result<void> check_rows(std::int64_t rows_max) {
  if (rows_max >= 1 && rows_max <= ports::Page::kPageRowsMax) return {};
  return base::fail(ErrorCode::kBadRequest, fmt::format("a page has from 1 to {} rows", ports::Page::kPageRowsMax));
}

Result<void> check_ids(const std::vector<std::string>& ids) {
  if (ids.size() <= kIdsMax) return {};
  return base::fail(ErrorCode::kBadRequest, fmt::format("at most {} ids at once", kIdsMax));
}

}  // namespace stargate::store
