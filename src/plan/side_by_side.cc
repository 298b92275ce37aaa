#include "plan/side_by_side.h"

#include "plan/make_plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace headrace {
namespace {

/// "1.2" of `flow` as "flow__v1_2".
std::string versioned_name(const FeatureDefinition& feature) {
  std::string name = feature.name + "__v" + feature.version;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

/// Whether no column has two types.
bool have_alike_columns(const SourceDefinition& before, const SourceDefinition& now) {
  std::map<std::string, ScalarType> types;
  for (const ColumnDefinition& column : now.columns) types[column.name] = column.type;
  return std::all_of(before.columns.begin(), before.columns.end(), [&](const ColumnDefinition& column) {
    const auto found = types.find(column.name);
    return found == types.end() || found->second == column.type;
  });
}

bool are_read_alike(const SourceDefinition& before, const SourceDefinition& now) {
  return before.event_time == now.event_time && before.unit == now.unit && before.arrival == now.arrival &&
         before.identity == now.identity && have_alike_columns(before, now);
}

/// What an earlier definition is called beside the later ones.
class NamesBefore {
 public:
  explicit NamesBefore(std::set<std::string> taken) : taken_(std::move(taken)) {}

  void keep(const std::string& name) { names_[name] = name; }
  void rename(const std::string& name, std::string wanted) {
    while (!taken_.insert(wanted).second) wanted += '_';
    names_[name] = std::move(wanted);
  }
  const std::string& of(const std::string& name) const { return names_.at(name); }

 private:
  std::map<std::string, std::string> names_;
  std::set<std::string> taken_;
};

template <typename Definition>
std::set<std::string> names_of(const std::vector<Definition>& before, const std::vector<Definition>& now) {
  std::set<std::string> names;
  for (const std::vector<Definition>* list : {&before, &now}) {
    for (const Definition& each : *list) names.insert(each.name);
  }
  return names;
}

class Combination {
 public:
  Combination(const Repository& before, const Repository& now)
      : before_(before),
        now_(now),
        meanings_before_(before),
        meanings_now_(now),
        entities_(names_of(before.entities, now.entities)),
        sources_(names_of(before.sources, now.sources)),
        features_(names_of(before.features, now.features)) {}

  SideBySide run();

 private:
  void add_entities();
  void add_sources();
  void add_earlier_columns(const SourceDefinition& before);
  void add_features();
  FeatureDefinition earlier(const FeatureDefinition& feature);
  ExprPtr renamed(const ExprPtr& expr) const;

  const Repository& before_;
  const Repository& now_;
  Meanings meanings_before_, meanings_now_;
  NamesBefore entities_, sources_, features_;
  SideBySide both_;
};

void Combination::add_entities() {
  for (const EntityDefinition& entity : before_.entities) {
    const EntityDefinition* const now = now_.find_entity(entity.name);
    if (now != nullptr && now->keys == entity.keys) {
      entities_.keep(entity.name);
      continue;
    }
    // One that is gone keeps its name.
    if (now == nullptr) {
      entities_.keep(entity.name);
    } else {
      entities_.rename(entity.name, entity.name + "__before");
    }
    both_.repository.entities.push_back(entity);
    both_.repository.entities.back().name = entities_.of(entity.name);
  }
}

/// Columns that only earlier features read.
void Combination::add_earlier_columns(const SourceDefinition& before) {
  for (SourceDefinition& source : both_.repository.sources) {
    if (source.name != before.name) continue;
    std::set<std::string> known;
    for (const ColumnDefinition& column : source.columns) known.insert(column.name);
    for (const ColumnDefinition& column : before.columns) {
      if (known.contains(column.name)) continue;
      source.columns.push_back(column);
      source.columns.back().is_required = false;
    }
  }
}

void Combination::add_sources() {
  for (const SourceDefinition& source : before_.sources) {
    const SourceDefinition* const now = now_.find_source(source.name);
    if (are_same_events(before_, now_, source.name)) {
      sources_.keep(source.name);
      add_earlier_columns(source);
      continue;
    }

    if (now == nullptr) {
      sources_.keep(source.name);
    } else {
      sources_.rename(source.name, source.name + "__before");
    }
    SourceDefinition added = source;
    added.name = sources_.of(source.name);
    added.entity = entities_.of(source.entity);
    added.checks.clear();
    both_.repository.sources.push_back(std::move(added));
  }
}

ExprPtr Combination::renamed(const ExprPtr& expr) const {
  if (!expr) return expr;
  return replace_references(expr, [this](const Expr& reference) {
    Reference to = reference.reference;
    if (to.kind == Reference::Kind::kFeature) {
      to.name = features_.of(to.name);
    } else if (!to.source.empty()) {
      to.source = sources_.of(to.source);
    }
    return to;
  });
}

/// REQUIRES: what it uses has its name.
FeatureDefinition Combination::earlier(const FeatureDefinition& feature) {
  FeatureDefinition out = feature;
  out.name = features_.of(feature.name);
  out.is_internal = true;
  out.entity = entities_.of(feature.entity);
  out.source = sources_.of(feature.source);
  out.earlier_meaning = meanings_before_.text_of(feature);
  for (ExprPtr& formula : out.formulas) formula = renamed(formula);
  out.filter = renamed(feature.filter);

  // The formulas of its checks read the same names.
  for (QualityCheck& check : out.checks) {
    if (auto* expression = std::get_if<checks::Expression>(&check.condition)) {
      expression->formula = renamed(expression->formula);
    }
  }
  return out;
}

void Combination::add_features() {
  for (const FeatureDefinition& feature : now_.features) meanings_now_.digest_of(feature);
  for (const FeatureDefinition& feature : before_.features) {
    const FeatureDefinition* const now = now_.find_feature(feature.name);
    const bool is_same = now != nullptr && meanings_now_.digest_of(*now) == meanings_before_.digest_of(feature);
    if (is_same) {
      features_.keep(feature.name);
      continue;
    }
    features_.rename(feature.name, versioned_name(feature));
    both_.repository.features.push_back(earlier(feature));
  }

  for (const FeatureDefinition& feature : now_.features) {
    const bool was_there = before_.find_feature(feature.name) != nullptr;
    both_.features.push_back({feature.name, was_there ? features_.of(feature.name) : "", feature.name});
  }
  for (const FeatureDefinition& feature : before_.features) {
    if (now_.find_feature(feature.name) == nullptr) {
      both_.features.push_back({feature.name, features_.of(feature.name), ""});
    }
  }
}

SideBySide Combination::run() {
  both_.repository = now_;
  add_entities();
  add_sources();
  add_features();
  both_.repository.entity_index = NameIndex(both_.repository.entities);
  both_.repository.source_index = NameIndex(both_.repository.sources);
  both_.repository.feature_index = NameIndex(both_.repository.features);
  return std::move(both_);
}

}  // namespace

bool are_same_events(const Repository& before, const Repository& now, const std::string& source) {
  const SourceDefinition* const was = before.find_source(source);
  const SourceDefinition* const is = now.find_source(source);
  if (was == nullptr || is == nullptr || was->entity != is->entity) return false;
  return before.find_entity(was->entity)->keys == now.find_entity(is->entity)->keys && are_read_alike(*was, *is);
}

SideBySide side_by_side(const Repository& before, const Repository& now) { return Combination(before, now).run(); }

}  // namespace headrace
