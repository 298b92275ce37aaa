#include "codegen/sql/sql_names.h"

#include <algorithm>

namespace headrace::sql {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

}  // namespace

SqlNames::SqlNames(const Plan& plan, SqlDialect dialect) : dialect_(dialect) {
  for (const PlanEntity& entity : plan.entities)
    for (const std::string& key : entity.keys) columns_.insert(lower(key));
  for (const PlanSource& source : plan.sources) {
    sources_.insert(lower(source.name));
    columns_.insert(lower(source.event_time));
    if (source.arrival) columns_.insert(lower(*source.arrival));
    if (source.identity) columns_.insert(lower(source.identity->id));
    if (source.identity && source.identity->deleted) columns_.insert(lower(*source.identity->deleted));
    for (const ColumnDefinition& column : source.columns) columns_.insert(lower(column.name));
    for (const ColumnDefinition& column : source.unread_columns) columns_.insert(lower(column.name));
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

std::string SqlNames::observed_table(std::string_view entity) const {
  return table("observed_features_of_" + std::string(entity));
}

}  // namespace headrace::sql
