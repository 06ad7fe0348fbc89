// Where the row of a scope stands, and what several entities do in the same way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/account/scope.h"
#include "ports/store.h"
#include "store/connection.h"
#include "store/query.h"

namespace stargate::store {

struct EntityRow {
  std::string_view table;
  std::string_view id;      // column of Scope::id
  std::string_view entity;  // for messages
  bool blockable = false;
};

// nullopt for kinds without a table of their own (tags, everything).
std::optional<EntityRow> entity_row(policy::account::ScopeKind kind);

// "WHERE ..." that leads to the living row of this scope. The scope has a row of its own.
void where_scope(Query& query, const policy::account::Scope& scope);

// Marks the living keys under `condition` as deleted and returns their hashes. Their meters go.
Result<std::vector<std::string>> retire_keys(Connection& connection, const ports::Actor& actor, const Query& condition);

// DELETE ... WHERE column IN (ids); returns how many there were.
Result<std::int64_t> delete_any(Connection& connection, std::string_view table, std::string_view column,
                                const std::vector<std::string>& ids);

Result<void> delete_meters(Connection& connection, policy::account::ScopeKind kind,
                           const std::vector<std::string>& ids);

// The first column of every row.
std::vector<std::string> first_texts(const Outcome& outcome);

}  // namespace stargate::store
