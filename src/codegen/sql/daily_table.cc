#include "codegen/sql/daily_table.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/quoting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

constexpr char kKept[] = "kept_rows";
constexpr char kMade[] = "made_rows";

std::vector<std::string> of_table(const std::string& table, const std::vector<std::string>& columns) {
  std::vector<std::string> out;
  out.reserve(columns.size());
  for (const std::string& column : columns) out.push_back(fmt::format("{}.{}", table, column));
  return out;
}

std::vector<std::string> column_names(const DailyTable& table) {
  std::vector<std::string> out;
  out.reserve(table.columns.size());
  for (const auto& [name, type] : table.columns) out.push_back(name);
  return out;
}

std::string insert_clause(const DailyTable& table) {
  const std::vector<std::string> columns = column_names(table);
  return fmt::format("WHEN NOT MATCHED THEN INSERT ({})\n  VALUES ({});\n", fmt::join(columns, ", "),
                     fmt::join(of_table(kMade, columns), ", "));
}

/// Snowflake has no NOT MATCHED BY SOURCE: the rows that go stand among those that come, marked.
std::string snowflake_merge(const SqlNames& names, const DailyTable& table, const InstantBounds& bounds,
                            const With& with, Select query) {
  const std::string is_kept = names.own("is_kept");
  query.columns.push_back("FALSE AS " + is_kept);
  Select kept;
  std::vector<std::string> same = {fmt::format("{}.{}", kMade, is_kept)};
  for (const auto& [name, type] : table.columns) {
    const bool is_place =
        name == "event_time" || std::find(table.keys.begin(), table.keys.end(), name) != table.keys.end();
    kept.columns.push_back(is_place ? name : "NULL");
    if (is_place) same.push_back(fmt::format("{}.{} = {}.{}", kKept, name, kMade, name));
  }
  kept.columns.emplace_back("TRUE");
  kept.from = table.name;
  kept.where = bounds.rows("event_time");
  same.push_back(bounds.rows(std::string(kKept) + ".event_time"));
  return fmt::format("MERGE INTO {} AS {}\nUSING (\n{}\nUNION ALL\n{}\n) AS {}\nON {}\nWHEN MATCHED THEN DELETE\n{}",
                     table.name, kKept, with.to_query(query), to_text(kept, 0), kMade, fmt::join(same, " AND "),
                     insert_clause(table));
}

}  // namespace

std::string table_for_days(SqlDialect dialect, const SqlNames& names, const DailyTable& table) {
  const std::string meanings = names.table("headrace_daily_tables"), text = column_type(dialect, ScalarType::kString);
  const std::string label = string_literal(dialect, table.label), meaning = string_literal(dialect, table.meaning);
  std::vector<std::string> lines;
  for (const auto& [name, type] : table.columns) lines.push_back(fmt::format("  {} {}", name, type));
  std::string out = fmt::format("CREATE TABLE IF NOT EXISTS {} (table_name {}, meaning {});\n", meanings, text, text);
  out += fmt::format("CREATE TABLE IF NOT EXISTS {} (\n{}\n){};\n", table.name, fmt::join(lines, ",\n"), table.layout);

  // A table without rows takes the meaning; one with rows has to have it.
  out += fmt::format("DELETE FROM {} WHERE table_name = {} AND (SELECT COUNT(*) FROM {}) = 0;\n", meanings, label,
                     table.name);
  out += fmt::format(
      "INSERT INTO {} (table_name, meaning)\nSELECT {}, {}\nFROM (SELECT COUNT(*) AS num_rows FROM {}) AS counted\n"
      "WHERE num_rows = 0;\n",
      meanings, label, meaning, table.name);
  const std::string message = fmt::format("{} has rows of another meaning than {}: drop it and compute its days again",
                                          table.label, table.meaning.substr(0, 12));
  return out + fmt::format("SELECT {} AS has_the_meaning\nFROM {}\nWHERE table_name = {} AND meaning = {};\n",
                           true_or_error(dialect, "COUNT(*) = 1", message, "COUNT(*)"), meanings, label, meaning);
}

std::string replaced_days(SqlDialect dialect, const SqlNames& names, const DailyTable& table,
                          const InstantBounds& bounds, const With& with, Select query) {
  if (dialect == SqlDialect::kSnowflake) return snowflake_merge(names, table, bounds, with, std::move(query));
  return fmt::format(
      "MERGE INTO {} AS {}\nUSING (\n{}\n) AS {}\nON FALSE\nWHEN NOT MATCHED BY SOURCE AND {} THEN DELETE\n{}",
      table.name, kKept, with.to_query(query), kMade, bounds.rows(std::string(kKept) + ".event_time"),
      insert_clause(table));
}

}  // namespace headrace::sql
