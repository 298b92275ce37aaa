#include "codegen/sql/sql_names.h"

#include <algorithm>
#include <array>

namespace headrace::sql {
namespace {

// The reserved words of the three dialects that can be names in the feature language.
constexpr std::array kReserved = std::to_array<std::string_view>({
    "account",
    "all",
    "alter",
    "analyse",
    "analyze",
    "and",
    "anti",
    "any",
    "array",
    "as",
    "asc",
    "asof",
    "assert_rows_modified",
    "asymmetric",
    "at",
    "between",
    "both",
    "by",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "connect",
    "connection",
    "constraint",
    "contains",
    "create",
    "cross",
    "cube",
    "current",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "database",
    "default",
    "deferrable",
    "define",
    "delete",
    "desc",
    "describe",
    "distinct",
    "drop",
    "else",
    "end",
    "enum",
    "escape",
    "except",
    "exclude",
    "exists",
    "extract",
    "false",
    "fetch",
    "following",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "generated",
    "glob",
    "grant",
    "group",
    "grouping",
    "groups",
    "gscluster",
    "hash",
    "having",
    "if",
    "ignore",
    "ilike",
    "in",
    "increment",
    "initially",
    "inner",
    "insert",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "issue",
    "join",
    "lambda",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "lookup",
    "map",
    "merge",
    "minus",
    "natural",
    "new",
    "no",
    "not",
    "notnull",
    "null",
    "nulls",
    "of",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "organization",
    "outer",
    "over",
    "overlaps",
    "partition",
    "pivot",
    "placing",
    "positional",
    "preceding",
    "primary",
    "proto",
    "qualify",
    "range",
    "recursive",
    "references",
    "regexp",
    "respect",
    "returning",
    "revoke",
    "right",
    "rlike",
    "rollup",
    "row",
    "rows",
    "sample",
    "schema",
    "select",
    "semi",
    "set",
    "show",
    "similar",
    "some",
    "start",
    "struct",
    "summarize",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "treat",
    "trigger",
    "true",
    "try_cast",
    "unbounded",
    "union",
    "unique",
    "unnest",
    "unpivot",
    "update",
    "user",
    "using",
    "values",
    "variadic",
    "verbose",
    "view",
    "when",
    "whenever",
    "where",
    "window",
    "with",
    "within",
});

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool is_plain(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

std::string identifier(SqlDialect dialect, std::string_view name) {
  if (is_plain(name) && !std::binary_search(kReserved.begin(), kReserved.end(), name)) return std::string(name);
  const char quote = dialect == SqlDialect::kBigQuery ? '`' : '"';
  std::string out(1, quote);
  for (const char c : name) {
    if (c == quote || (c == '\\' && dialect == SqlDialect::kBigQuery))
      out += dialect == SqlDialect::kBigQuery ? '\\' : c;
    out += c;
  }
  return out + quote;
}

SqlNames::SqlNames(const Plan& plan, const Repository& repository, SqlDialect dialect) : dialect_(dialect) {
  for (const PlanEntity& entity : plan.entities)
    for (const std::string& key : entity.keys) columns_.insert(lower(key));
  for (const SourceDefinition& source : repository.sources) {
    sources_.insert(lower(source.name));
    columns_.insert(lower(source.event_time));
    if (source.arrival) columns_.insert(lower(*source.arrival));
    for (const ColumnDefinition& column : source.columns) columns_.insert(lower(column.name));
  }
  for (const PlanFeature& feature : plan.features) features_.insert(lower(feature.name));
}

std::string SqlNames::own(std::string_view base) const {
  std::string name(base);
  while (columns_.contains(name)) name += '_';
  return name;
}

std::string SqlNames::feature_column(std::string_view feature) const {
  if (!columns_.contains(lower(feature))) return identifier(dialect_, feature);
  std::string name = "feature_" + std::string(feature);
  while (columns_.contains(name) || features_.contains(name)) name += '_';
  return name;
}

std::string SqlNames::table(std::string_view base) const {
  std::string name(base);
  while (sources_.contains(lower(name))) name += '_';
  return identifier(dialect_, name);
}

std::string SqlNames::feature_table(std::string_view feature) const { return table("feature_" + std::string(feature)); }

std::string SqlNames::entity_table(std::string_view entity) const {
  return table("features_of_" + std::string(entity));
}

}  // namespace headrace::sql
