#include "base/check.h"
#include "base/hash.h"
#include "plan/make_plan.h"

#include <set>

namespace headrace {
namespace {

std::string type_of(const SourceDefinition& source, const std::string& name) {
  for (const ColumnDefinition& column : source.columns) {
    if (column.name == name) return std::string(to_string(column.type));
  }
  return "?";
}

void write_entity(const EntityDefinition& entity, std::string& text) {
  text += "entity " + entity.name + "\n";
  for (const std::string& key : entity.keys) text += "key " + key + "\n";
}

void write_identity(const EventIdentity& identity, std::string& text) {
  text += " id " + identity.id;
  if (identity.id_type != ScalarType::kNull) text += " " + std::string(to_string(identity.id_type));
  if (identity.is_first_kept) text += " duplicates first";
  if (identity.deleted) text += " deleted " + *identity.deleted;
}

void write_source(const FeatureDefinition& feature, const SourceDefinition& source, std::string& text) {
  text += "source " + source.name + " event_time " + source.event_time;
  if (source.unit) text += " unit " + std::string(to_string(*source.unit));
  const bool ordered = feature.aggregation &&
                       (depends_on_arrival(*feature.aggregation) || feature.window.kind == WindowSpec::Kind::kLast);
  // Which row of an event counts follows from the order too.
  if ((ordered || source.identity) && source.arrival) text += " arrival " + *source.arrival;
  if (source.identity) write_identity(*source.identity, text);
  text += "\n";
}

std::string params_text(const AggregationParams& params) {
  std::string text;
  if (params.k != 0) text += " k=" + std::to_string(params.k);
  if (params.p != 0.0) text += " p=" + format_double(params.p);
  if (params.half_life.us != 0) text += " half_life=" + to_string(params.half_life);
  for (double edge : params.edges) text += " edge=" + format_double(edge);
  return text;
}

void add_used(const Expr& expr, std::set<std::string>& used, std::set<std::string>& columns) {
  for (const Reference& reference : references_of(expr)) {
    (reference.kind == Reference::Kind::kFeature ? used : columns).insert(reference.name);
  }
}

}  // namespace

std::string Meanings::text_of(const FeatureDefinition& feature) {
  if (!feature.earlier_meaning.empty()) return feature.earlier_meaning;
  const EntityDefinition* entity = repository_.find_entity(feature.entity);
  const SourceDefinition* source = repository_.find_source(feature.source);
  CHECK(entity != nullptr);
  CHECK(source != nullptr);
  std::string text = "headrace-meaning 1\n";
  write_entity(*entity, text);
  write_source(feature, *source, text);
  text += "type " + to_string(feature.type) + "\n";
  if (feature.aggregation) {
    text += "aggregation " + std::string(to_string(*feature.aggregation)) + params_text(feature.params) + "\n";
    text += "window " + to_string(feature.window) + "\n";
  }

  std::set<std::string> used;
  std::set<std::string> columns;
  for (const ExprPtr& formula : feature.formulas) {
    text += "formula " + canonical_text(*formula) + "\n";
    add_used(*formula, used, columns);
  }
  if (feature.filter) {
    text += "filter " + canonical_text(*feature.filter) + "\n";
    add_used(*feature.filter, used, columns);
  }

  // The same formula over another type of column means something else.
  for (const std::string& column : columns) text += "column " + column + " " + type_of(*source, column) + "\n";
  if (!feature.default_value.is_null()) text += "default " + to_json(feature.default_value) + "\n";
  for (const std::string& name : used) text += "uses " + name + " " + digest_of(name) + "\n";
  return text;
}

const std::string& Meanings::digest_of(const FeatureDefinition& feature) {
  const auto known = digests_.find(feature.name);
  if (known != digests_.end()) return known->second;
  return digests_.emplace(feature.name, sha256_hex(text_of(feature))).first->second;
}

const std::string& Meanings::digest_of(const std::string& name) {
  if (const auto known = digests_.find(name); known != digests_.end()) return known->second;
  const FeatureDefinition* feature = repository_.find_feature(name);
  CHECK(feature != nullptr);
  return digest_of(*feature);
}

}  // namespace headrace
