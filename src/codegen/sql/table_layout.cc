#include "codegen/sql/table_layout.h"

#include "codegen/sql/dialect_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace headrace::sql {
namespace {

/// BigQuery clusters by so many columns and no more.
constexpr size_t kClusterMax = 4;

}  // namespace

ScalarType key_type(const PlanEntity& entity, size_t i) {
  return entity.key_types[i] == ScalarType::kNull ? ScalarType::kString : entity.key_types[i];
}

std::string stored_type(SqlDialect dialect, const Type& type) {
  const std::string element = column_type(dialect, type.scalar);
  if (!type.is_list) return element;
  return choose(dialect, fmt::format("ARRAY<{}>", element), "ARRAY", element + "[]");
}

std::vector<std::string> cluster_columns(SqlDialect dialect, const SqlNames& names, const PlanEntity& entity,
                                         const std::string& time) {
  std::vector<std::string> out;
  if (dialect == SqlDialect::kSnowflake) out.push_back(fmt::format("TO_DATE({})", time));
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    // BigQuery clusters by no doubles.
    const bool is_taken =
        dialect != SqlDialect::kBigQuery || (out.size() < kClusterMax && key_type(entity, i) != ScalarType::kDouble);
    if (is_taken) out.push_back(names.column(entity.keys[i]));
  }
  return out;
}

std::string table_layout(SqlDialect dialect, const SqlNames& names, const PlanEntity& entity, const std::string& time) {
  const std::vector<std::string> clusters = cluster_columns(dialect, names, entity, time);
  switch (dialect) {
    case SqlDialect::kBigQuery: {
      const std::string partitions = fmt::format("\nPARTITION BY DATE({})", time);
      return clusters.empty() ? partitions : fmt::format("{}\nCLUSTER BY {}", partitions, fmt::join(clusters, ", "));
    }
    case SqlDialect::kSnowflake: return fmt::format("\nCLUSTER BY ({})", fmt::join(clusters, ", "));
    case SqlDialect::kDuckDb: break;
  }
  return {};
}

}  // namespace headrace::sql
