// A statement that grows: its text with numbered places and the values for them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ports/store_query.h"
#include "store/value.h"

namespace stargate::store {

class Query {
 public:
  explicit Query(std::string text = {}) : text_(std::move(text)) {}

  // A place for this value: "$3".
  std::string place(Value value);
  Query& append(std::string_view text) {
    text_ += text;
    return *this;
  }

  // Conditions, joined by AND behind one WHERE. Values that are empty make none.
  Query& where(std::string_view condition);
  Query& where_equal(std::string_view column, const std::string& text);
  Query& where_any(std::string_view column, const std::vector<std::string>& texts);
  Query& where_contains(std::string_view column, const std::string& text);  // without regard to ASCII case
  Query& where_at_least(std::string_view column, const Value& value);
  Query& where_at_most(std::string_view column, const Value& value);
  Query& where_below(std::string_view column, const Value& value);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const Values& values() const { return values_; }

 private:
  std::string text_;
  Values values_;
  bool has_where_ = false;
};

// "column IN ($1, $2)"
std::string any_of(Query& query, std::string_view column, const std::vector<std::string>& texts);

enum class Nulls : std::uint8_t { kNever, kSmallest };

// "spend DESC, user_id DESC": `identity` (one column or several) decides between equals.
std::string order_by(std::string_view column, std::string_view identity, bool descending, Nulls nulls = Nulls::kNever);

// Errors: kBadRequest for a page that is none or is too large.
Result<void> check_page(const ports::Page& page);
Result<void> check_rows(std::int64_t rows_max);

// At most so many ids in one question.
inline constexpr std::size_t kIdsMax = 10'000;
Result<void> check_ids(const std::vector<std::string>& ids);

}  // namespace stargate::store
