#include "delivery/change/definition_change.h"

#include "base/hash.h"
#include "delivery/change/source_change.h"
#include "plan/make_plan.h"
#include "plan/meaning_words.h"
#include "plan/plan_json_parts.h"
#include "plan/reach.h"
#include "plan/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace headrace {
namespace {

/// One state of the repository with what is asked of it often.
struct RepositoryState {
  explicit RepositoryState(const Repository& of) : repository(of), meanings(of), plan(make_plan(of)) {
    for (const FeatureDefinition& feature : of.features) digest_of(feature);
  }
  const std::string& digest_of(const FeatureDefinition& feature) { return meanings.digest_of(feature); }

  const Repository& repository;
  Meanings meanings;
  Plan plan;
};

std::string checks_text(const FeatureDefinition& feature) {
  std::string text;
  for (const QualityCheck& check : feature.checks) text += json_document(SourceCheck{check, ""});
  return text;
}

/// What people wrote about a feature and is no part of its meaning.
std::vector<std::string> changed_words(const FeatureDefinition& before, const FeatureDefinition& now) {
  std::vector<std::string> words;
  if (before.version != now.version) words.push_back(fmt::format("version: {}, was {}", now.version, before.version));
  if (before.description != now.description) words.emplace_back("description");
  if (before.owner != now.owner) words.push_back(fmt::format("owner: {}, was {}", now.owner, before.owner));
  if (before.tags != now.tags) words.emplace_back("tags");
  if (before.is_internal != now.is_internal) words.emplace_back("internal");
  if (before.expected_change != now.expected_change) words.emplace_back("expected_change");
  if (checks_text(before) != checks_text(now)) words.emplace_back("quality_checks");
  return words;
}

/// The meaning of the state that a feature is read from: of its own meaning, all but what is done with the state; empty
/// for a derived one.
std::string state_meaning(RepositoryState& state, const FeatureDefinition& feature) {
  if (feature.is_derived()) return "";
  const StateNode& node = state.plan.state_of(*state.plan.find_feature(feature.name));
  std::string out = fmt::format("{} {} {}\n", to_string(node.kind), node.params.half_life.us, node.params.edges.size());
  for (const double edge : node.params.edges) out += format_double(edge) + " ";
  const std::string text = state.meanings.text_of(feature);
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    const std::string line = text.substr(start, end - start);
    const bool is_of_value =
        line.starts_with("type ") || line.starts_with("aggregation ") || line.starts_with("default ");
    if (!is_of_value) out += line + "\n";
    start = end + 1;
  }
  return out;
}

class Classification {
 public:
  Classification(const Repository& before, const Repository& now) : before_(before), now_(now) {}

  DefinitionChange run();

 private:
  FeatureChange compared(const FeatureDefinition& before, const FeatureDefinition& now);
  void class_changed(const FeatureDefinition& before, const FeatureDefinition& now, FeatureChange& change);
  bool is_schema_broken(const FeatureDefinition& before, const FeatureDefinition& now, FeatureChange& change) const;
  bool is_equal_by_use(const FeatureDefinition& now, const FeatureChange& change) const;
  StateWork state_work(const FeatureDefinition& feature);
  void note_kept_events();
  void add_features();
  void add_renamed();
  void add_sources();
  void add_problems();
  void count_owners();
  std::vector<std::string> followed(const FeatureDefinition& feature) const;

  RepositoryState before_, now_;
  std::unordered_set<std::string> states_before_;        // by meaning
  std::map<std::string, int64_t> kept_us_;               // events of a source that are kept, by its name
  std::unordered_map<std::string, ChangeKind> kind_of_;  // of the features of now whose meaning changes
  DefinitionChange change_;
};

/// Of each source, how far back a server that runs the features of before keeps events.
void Classification::note_kept_events() {
  const std::vector<bool> is_for_ever = features_for_ever(before_.plan);
  std::vector<size_t> bounded;
  for (size_t i = 0; i < is_for_ever.size(); ++i) {
    if (!is_for_ever[i]) bounded.push_back(i);
  }
  const auto reach = reach_of_sources(before_.plan, bounded);
  for (size_t i = 0; i < reach.size(); ++i) {
    const std::string& name = before_.plan.sources[i].name;
    const bool holds_on = reach[i] && are_same_events(before_.repository, now_.repository, name);
    kept_us_[name] = holds_on ? reach[i]->us : 0;
  }
  for (const FeatureDefinition& feature : before_.repository.features) {
    if (!feature.is_derived()) states_before_.insert(state_meaning(before_, feature));
  }
}

StateWork Classification::state_work(const FeatureDefinition& feature) {
  if (states_before_.contains(state_meaning(now_, feature))) return StateWork::kReused;
  const Plan& plan = now_.plan;
  const auto index = static_cast<size_t>(plan.find_feature(feature.name) - plan.features.data());
  const auto reach = reach_of_sources(plan, {index});
  for (size_t i = 0; i < reach.size(); ++i) {
    const auto kept = kept_us_.find(plan.sources[i].name);
    const int64_t kept_us = kept == kept_us_.end() ? 0 : kept->second;
    if (!reach[i] || reach[i]->us > kept_us) return StateWork::kFilled;
  }
  return StateWork::kRebuilt;
}

/// The features that it uses and whose meaning changes.
std::vector<std::string> Classification::followed(const FeatureDefinition& feature) const {
  std::vector<std::string> names;
  for (const size_t used : now_.plan.find_feature(feature.name)->uses) {
    const std::string& name = now_.plan.features[used].name;
    if (kind_of_.contains(name)) names.push_back(name);
  }
  return names;
}

bool Classification::is_schema_broken(const FeatureDefinition& before, const FeatureDefinition& now,
                                      FeatureChange& change) const {
  const PlanEntity& was = before_.plan.entities[before_.plan.find_feature(before.name)->entity];
  const PlanEntity& is = now_.plan.entities[now_.plan.find_feature(now.name)->entity];
  bool is_broken = before.type != now.type || was.name != is.name || was.keys != is.keys;
  if (was.keys != is.keys) return is_broken;
  for (size_t i = 0; i < is.keys.size(); ++i) {
    const ScalarType type_before = was.key_types[i];
    const ScalarType type_now = is.key_types[i];
    // An undeclared key has the type of its data.
    if (type_before == type_now || type_before == ScalarType::kNull || type_now == ScalarType::kNull) continue;
    change.reasons.push_back(
        fmt::format("key {}: {}, was {}", is.keys[i], to_string(type_now), to_string(type_before)));
    is_broken = true;
  }
  return is_broken;
}

/// What only follows features whose values stay the same keeps its own.
bool Classification::is_equal_by_use(const FeatureDefinition& now, const FeatureChange& change) const {
  if (now.expected_change && !now.expected_change->is_none) return false;
  return !change.follows.empty() && std::all_of(change.follows.begin(), change.follows.end(), [&](const auto& name) {
    return kind_of_.at(name) == ChangeKind::kValuesPreserved;
  });
}

void Classification::class_changed(const FeatureDefinition& before, const FeatureDefinition& now,
                                   FeatureChange& change) {
  const auto version_of = [&](const std::string& name, const std::string& digest) -> std::string {
    for (RepositoryState* state : {&before_, &now_}) {
      const FeatureDefinition* feature = state->repository.find_feature(name);
      if (feature != nullptr && state->digest_of(*feature) == digest) return feature->version;
    }
    return "";
  };
  const MeaningChange meaning =
      meaning_change(before_.meanings.text_of(before), now_.meanings.text_of(now), version_of);
  change.reasons.insert(change.reasons.begin(), meaning.text);
  change.follows = followed(now);
  change.expected = now.expected_change;
  if (!now.is_derived()) change.state = state_work(now);

  const bool is_said_equal = now.expected_change && now.expected_change->is_none;
  if (is_schema_broken(before, now, change)) {
    change.kind = ChangeKind::kSchemaBreaking;
  } else if (is_said_equal || (meaning.is_only_by_use && is_equal_by_use(now, change))) {
    change.kind = ChangeKind::kValuesPreserved;
  } else if (change.state == StateWork::kFilled) {
    change.kind = ChangeKind::kStateIncompatible;
  } else {
    change.kind = ChangeKind::kValuesChanged;
  }
  kind_of_[now.name] = change.kind;
}

FeatureChange Classification::compared(const FeatureDefinition& before, const FeatureDefinition& now) {
  FeatureChange change;
  change.feature = now.name;
  change.entity = now.entity;
  change.owner = now.owner;
  change.version_before = before.version;
  change.version_now = now.version;
  change.digest_before = before_.digest_of(before);
  change.digest_now = now_.digest_of(now);
  if (change.digest_before != change.digest_now) {
    class_changed(before, now, change);
    return change;
  }
  if (is_schema_broken(before, now, change)) {
    change.kind = ChangeKind::kSchemaBreaking;
    return change;
  }
  change.reasons = changed_words(before, now);
  change.kind = change.reasons.empty() ? ChangeKind::kNone : ChangeKind::kMetadata;
  return change;
}

void Classification::add_features() {
  for (const FeatureDefinition& feature : now_.repository.features) {
    const FeatureDefinition* const was = before_.repository.find_feature(feature.name);
    FeatureChange change;
    if (was != nullptr) {
      change = compared(*was, feature);
    } else {
      change.feature = feature.name;
      change.kind = ChangeKind::kAdded;
      change.entity = feature.entity;
      change.owner = feature.owner;
      change.version_now = feature.version;
      change.digest_now = now_.digest_of(feature);
      if (!feature.is_derived()) change.state = state_work(feature);
    }
    if (change.kind == ChangeKind::kNone) {
      ++change_.unchanged;
    } else {
      change_.features.push_back(std::move(change));
    }
  }

  for (const FeatureDefinition& feature : before_.repository.features) {
    if (now_.repository.find_feature(feature.name) != nullptr) continue;
    FeatureChange change;
    change.feature = feature.name;
    change.kind = ChangeKind::kRemoved;
    change.entity = feature.entity;
    change.owner = feature.owner;
    change.version_before = feature.version;
    change.digest_before = before_.digest_of(feature);
    change_.features.push_back(std::move(change));
  }
}

/// A feature that means what a removed one meant is the same under another name.
void Classification::add_renamed() {
  std::unordered_map<std::string, FeatureChange*> removed;  // by digest
  for (FeatureChange& each : change_.features) {
    if (each.kind == ChangeKind::kRemoved) removed.emplace(each.digest_before, &each);
  }
  for (FeatureChange& each : change_.features) {
    if (each.kind != ChangeKind::kAdded) continue;
    const auto found = removed.find(each.digest_now);
    if (found == removed.end()) continue;
    each.same_meaning_as = found->second->feature;
    each.reasons.push_back(fmt::format("means what `{}` meant", each.same_meaning_as));
    found->second->same_meaning_as = each.feature;
    found->second->reasons.push_back(fmt::format("`{}` means the same", each.feature));
  }
}

void Classification::add_sources() {
  change_.sources = source_changes(before_.repository, now_.repository);
  for (ChangedSource& source : change_.sources) {
    std::vector<std::string>& names = source.features;
    for (const RepositoryState* state : {&now_, &before_}) {
      const Plan& plan = state->plan;
      std::vector<bool> reads(plan.features.size());
      for (size_t i = 0; i < plan.features.size(); ++i) {
        const PlanFeature& feature = plan.features[i];
        reads[i] = plan.sources[feature.source].name == source.source;
        for (const size_t used : feature.uses) reads[i] = reads[i] || reads[used];
        const bool is_known = state == &before_ && now_.plan.find_feature(feature.name) != nullptr;
        if (reads[i] && !is_known) names.push_back(feature.name);
      }
    }
  }
}

/// One version stands for one meaning.
void Classification::add_problems() {
  for (const FeatureChange& each : change_.features) {
    const bool is_both = !each.version_before.empty() && !each.version_now.empty();
    if (!is_both || each.digest_before == each.digest_now || each.version_before != each.version_now) continue;
    change_.problems.push_back(
        fmt::format("`{}` means something else under the same version {}: raise it", each.feature, each.version_now));
  }
}

void Classification::count_owners() {
  std::map<std::string, int64_t> counts;
  for (const FeatureChange& each : change_.features) {
    if (changes_values(each.kind)) ++counts[each.owner];
  }
  for (const auto& [owner, count] : counts) change_.owners.push_back({owner, count});
  std::stable_sort(change_.owners.begin(), change_.owners.end(),
                   [](const OwnerChange& a, const OwnerChange& b) { return a.features > b.features; });
}

DefinitionChange Classification::run() {
  note_kept_events();
  add_features();
  add_renamed();
  add_sources();
  add_problems();
  count_owners();
  change_.project = now_.repository.project_name;
  change_.digest_before = sha256_hex(to_json(before_.plan));
  change_.digest_now = sha256_hex(to_json(now_.plan));
  change_.digest = sha256_hex(change_.digest_before + change_.digest_now);
  return std::move(change_);
}

}  // namespace

std::string_view to_string(StateWork work) {
  switch (work) {
    case StateWork::kReused: return "reused";
    case StateWork::kRebuilt: return "rebuilt";
    case StateWork::kFilled: return "filled";
  }
  return {};
}

bool changes_values(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kNone:
    case ChangeKind::kMetadata:
    case ChangeKind::kAdded:
    case ChangeKind::kValuesPreserved: return false;
    case ChangeKind::kValuesChanged:
    case ChangeKind::kStateIncompatible:
    case ChangeKind::kSchemaBreaking:
    case ChangeKind::kRemoved: return true;
  }
  return true;
}

DefinitionChange definition_change(const Repository& before, const Repository& now) {
  return Classification(before, now).run();
}

}  // namespace headrace
