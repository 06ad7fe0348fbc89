// Which member of a struct stands in which column: one list per entity, from which its statements are made.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "policy/account/limits.h"
#include "store/connection.h"
#include "store/value.h"

namespace stargate::store {

enum class Role : std::uint8_t {
  kPlain,
  kIdentity,  // names the row; never changes
  kFixed,     // written once (created_at, spend): updates of the row leave it alone
  kVersion,   // counts the updates
};

template <class T>
struct Column {
  std::string_view name;
  ValueType type;
  std::function<Value(const T&)> write;
  std::function<void(T&, const Cell&)> read;
  Role role;
};

// Immutable once made. Texts of statements are made once, too.
template <class T>
class Table {
 public:
  // `entity` is how messages call a row of it ("user").
  Table(std::string_view name, std::string_view entity) : name_(name), entity_(entity) {}

  // `member` maps a T (const or not) to a reference into it.
  template <class Member>
  Table& add(std::string_view column, Member member, Role role = Role::kPlain) {
    using Type = std::remove_cvref_t<decltype(member(std::declval<T&>()))>;
    columns_.push_back({.name = column,
                        .type = TypeOf<Type>::kType,
                        .write = [member](const T& row) { return to_value(member(row)); },
                        .read = [member](T& row, const Cell& cell) { from_cell(cell, member(row)); },
                        .role = role});
    return *this;
  }

  Table& add_column(Column<T> column) {
    columns_.push_back(std::move(column));
    return *this;
  }

  Table& add_limits() {
    add("max_budget", [](auto& row) -> auto& { return row.limits.max_budget; });
    add("soft_budget", [](auto& row) -> auto& { return row.limits.soft_budget; });
    add("budget_duration", [](auto& row) -> auto& { return row.limits.budget_duration; });
    add("budget_reset_at", [](auto& row) -> auto& { return row.limits.budget_reset_at; });
    add("tpm_limit", [](auto& row) -> auto& { return row.limits.tpm_limit; });
    add("rpm_limit", [](auto& row) -> auto& { return row.limits.rpm_limit; });
    add("max_parallel_requests", [](auto& row) -> auto& { return row.limits.max_parallel_requests; });
    add("model_max_budget", [](auto& row) -> auto& { return row.limits.model_max_budget; });
    return *this;
  }

  Table& add_spent() {
    add("spend", [](auto& row) -> auto& { return row.spent.spend; }, Role::kFixed);
    add("spend_since", [](auto& row) -> auto& { return row.spent.since; }, Role::kFixed);
    return *this;
  }

  Table& add_stamp() {
    add("created_at", [](auto& row) -> auto& { return row.stamp.created_at; }, Role::kFixed);
    add("created_by", [](auto& row) -> auto& { return row.stamp.created_by; }, Role::kFixed);
    add("updated_at", [](auto& row) -> auto& { return row.stamp.updated_at; });
    add("updated_by", [](auto& row) -> auto& { return row.stamp.updated_by; });
    add("version", [](auto& row) -> auto& { return row.stamp.version; }, Role::kVersion);
    return *this;
  }

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::string_view entity() const { return entity_; }
  [[nodiscard]] const std::vector<Column<T>>& columns() const { return columns_; }

  // "a, b, c"
  [[nodiscard]] std::string column_names(std::string_view before = "") const {
    std::string names;
    for (const Column<T>& column : columns_) {
      if (!names.empty()) names += ", ";
      names.append(before).append(column.name);
    }
    return names;
  }

  [[nodiscard]] std::string select() const { return "SELECT " + column_names() + " FROM " + std::string(name_); }

  [[nodiscard]] Values values_of(const T& row) const {
    Values values;
    values.reserve(columns_.size());
    for (const Column<T>& column : columns_) values.push_back(column.write(row));
    return values;
  }

  [[nodiscard]] T row_of(const Row& cells) const {
    T row;
    for (std::size_t i = 0; i < columns_.size() && i < cells.size(); ++i) columns_[i].read(row, cells[i]);
    return row;
  }

  [[nodiscard]] std::vector<T> rows_of(const Rows& rows) const {
    std::vector<T> out;
    out.reserve(rows.size());
    for (const Row& row : rows) out.push_back(row_of(row));
    return out;
  }

  [[nodiscard]] std::vector<BatchColumn> batch_columns() const {
    std::vector<BatchColumn> out;
    out.reserve(columns_.size());
    for (const Column<T>& column : columns_) out.push_back({.name = column.name, .type = column.type});
    return out;
  }

 private:
  std::string_view name_;
  std::string_view entity_;
  std::vector<Column<T>> columns_;
};

}  // namespace stargate::store
