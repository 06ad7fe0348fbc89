// What every entity needs: a row in, a row out, a row changed, a page of rows. Made from its Table.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "ports/store_query.h"
#include "store/failure.h"
#include "store/link.h"
#include "store/query.h"
#include "store/table.h"

namespace stargate::store {

template <class T>
Result<void> insert_row(Connection& connection, const Table<T>& table, const T& row) {
  Query query(fmt::format("INSERT INTO {} ({}) VALUES (", table.name(), table.column_names()));
  std::string_view comma;
  for (Value& value : table.values_of(row)) {
    query.append(comma).append(query.place(std::move(value)));
    comma = ", ";
  }
  query.append(")");
  return without_rows(connection.run(query.text(), query.values()));
}

// Adds "identity = ... AND ..." of this row.
template <class T>
void where_identity(Query& query, const Table<T>& table, const T& row) {
  for (const Column<T>& column : table.columns()) {
    if (column.role != Role::kIdentity) continue;
    query.where(fmt::format("{} = {}", column.name, query.place(column.write(row))));
  }
}

// In place of the row of the same identity, if there is one.
template <class T>
Result<void> put_row(Connection& connection, const Table<T>& table, const T& row) {
  Query gone(fmt::format("DELETE FROM {}", table.name()));
  where_identity(gone, table, row);
  if (Result<Outcome> done = connection.run(gone.text(), gone.values()); !done) return std::unexpected(done.error());
  return insert_row(connection, table, row);
}

// `living` is a further condition ("deleted_at = 0"), or "1 = 1". Returns the new version.
template <class T>
Result<std::int64_t> update_row(Connection& connection, const Table<T>& table, const T& row,
                                std::string_view living = "1 = 1") {
  Query query(fmt::format("UPDATE {} SET version = version + 1", table.name()));
  for (const Column<T>& column : table.columns()) {
    if (column.role != Role::kPlain) continue;
    query.append(fmt::format(", {} = {}", column.name, query.place(column.write(row))));
  }
  where_identity(query, table, row);
  query.where(living).where(fmt::format("version = {}", query.place(to_value(row.stamp.version))));
  const Result<Outcome> updated = connection.run(query.text(), query.values());
  if (!updated) return std::unexpected(updated.error());
  if (updated->changed == 1) return row.stamp.version + 1;

  Query there(fmt::format("SELECT version FROM {}", table.name()));
  where_identity(there, table, row);
  there.where(living);
  const Result<Outcome> found = connection.run(there.text(), there.values());
  if (!found) return std::unexpected(found.error());
  if (found->rows.empty()) return not_found(table.entity());
  Failure conflict =
      base::fail(ErrorCode::kConflict, fmt::format("the {} was changed by somebody else meanwhile", table.entity()));
  conflict.error().param = "version";
  return conflict;
}

// The one row of "WHERE ..." with these values.
template <class T>
Result<T> find_row(Link& link, const Table<T>& table, std::string_view condition, const Values& values) {
  const Result<Outcome> found = link.read(fmt::format("{} WHERE {}", table.select(), condition), values);
  if (!found) return std::unexpected(found.error());
  if (found->rows.empty()) return not_found(table.entity());
  return table.row_of(found->rows.front());
}

// Every row that `filter` (a WHERE clause, or nothing) lets through, in this order.
template <class T>
Result<std::vector<T>> all_rows(Link& link, const Table<T>& table, const Query& filter, std::string_view order) {
  const Result<Outcome> found =
      link.read(fmt::format("{}{} ORDER BY {}", table.select(), filter.text(), order), filter.values(), Keep::kNo);
  if (!found) return std::unexpected(found.error());
  return table.rows_of(found->rows);
}

template <class T>
Result<ports::Listing<T>> page_of_rows(Link& link, const Table<T>& table, Query filter, const ports::Page& page,
                                       std::string_view order) {
  if (Result<void> sound = check_page(page); !sound) return std::unexpected(sound.error());
  const Result<Outcome> counted =
      link.read(fmt::format("SELECT count(*) FROM {}{}", table.name(), filter.text()), filter.values(), Keep::kNo);
  if (!counted) return std::unexpected(counted.error());
  ports::Listing<T> listing;
  listing.total = integer_of(counted->rows.at(0).at(0));
  if ((page.number - 1) * page.size >= listing.total) return listing;
  const std::string limit = filter.place(to_value(page.size));
  const std::string offset = filter.place(to_value((page.number - 1) * page.size));
  const std::string text =
      fmt::format("{}{} ORDER BY {} LIMIT {} OFFSET {}", table.select(), filter.text(), order, limit, offset);
  const Result<Outcome> found = link.read(text, filter.values(), Keep::kNo);
  if (!found) return std::unexpected(found.error());
  listing.rows = table.rows_of(found->rows);
  return listing;
}

}  // namespace stargate::store
