// Values on their way to a statement and back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/money.h"
#include "policy/account/instant.h"

namespace stargate::store {

// NULL, truth, a number, a text.
using Value = std::variant<std::monostate, bool, std::int64_t, std::string>;
using Values = std::vector<Value>;

// What a database gave back: PostgreSQL answers in texts, SQLite in what it has stored.
using Cell = std::variant<std::monostate, std::int64_t, std::string>;
using Row = std::vector<Cell>;
using Rows = std::vector<Row>;

enum class ValueType : std::uint8_t { kText, kInteger, kBoolean };

// What both databases store: UTF-8 without NUL. Whatever else a client sent becomes U+FFFD, so that one odd user agent
// does not keep a batch of spend rows out for good.
std::string storable(const std::string& text);

inline Value to_value(bool value) { return value; }
inline Value to_value(std::int64_t value) { return value; }
Value to_value(const std::string& text);  // by storable()
inline Value to_value(base::NanoUsd amount) { return amount.value; }
inline Value to_value(policy::account::Instant time) { return std::int64_t{time.time_since_epoch().count()}; }
Value to_value(policy::account::Day day);               // "2026-01-31"
Value to_value(const std::vector<std::string>& texts);  // a JSON list

template <class T>
Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : Value();
}

std::int64_t integer_of(const Cell& cell);  // 0 of NULL
std::string text_of(const Cell& cell);      // empty of NULL

void from_cell(const Cell& cell, bool& out);
void from_cell(const Cell& cell, std::int64_t& out);
void from_cell(const Cell& cell, std::string& out);
void from_cell(const Cell& cell, base::NanoUsd& out);
void from_cell(const Cell& cell, policy::account::Instant& out);
void from_cell(const Cell& cell, policy::account::Day& out);
void from_cell(const Cell& cell, std::vector<std::string>& out);

template <class T>
void from_cell(const Cell& cell, std::optional<T>& out) {
  out.reset();
  if (!std::holds_alternative<std::monostate>(cell)) from_cell(cell, out.emplace());
}

// The type of the column that holds a member.
template <class T>
struct TypeOf {
  static constexpr ValueType kType = ValueType::kInteger;
};
template <>
struct TypeOf<bool> {
  static constexpr ValueType kType = ValueType::kBoolean;
};
template <>
struct TypeOf<std::string> {
  static constexpr ValueType kType = ValueType::kText;
};
template <>
struct TypeOf<policy::account::Day> {
  static constexpr ValueType kType = ValueType::kText;
};
template <>
struct TypeOf<std::vector<std::string>> {
  static constexpr ValueType kType = ValueType::kText;
};

// A list as PostgreSQL writes one in text: {"a","b\"c",NULL}.
std::string array_literal(std::span<const Values> rows, std::size_t column);

}  // namespace stargate::store
