#include "quality/profiles/profile_sink.h"

#include "base/hash.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

ProfiledKind kind_of(const Type& type) {
  if (type.is_list) return ProfiledKind::kPresence;
  return type.scalar == ScalarType::kString ? ProfiledKind::kText : ProfiledKind::kNumber;
}

double number_at(const Column& column, int64_t row) {
  switch (column.type.scalar) {
    case ScalarType::kDouble: return column.doubles()[row];
    case ScalarType::kBool: return column.bool_at(row) ? 1 : 0;
    default: return static_cast<double>(column.int64s()[row]);
  }
}

uint64_t key_part(const Column& column, int64_t row) {
  if (column.type.scalar == ScalarType::kString) return hash_bytes(column.string_at(row));
  if (column.type.scalar == ScalarType::kBool) return column.bool_at(row) ? 1 : 0;
  return static_cast<uint64_t>(column.int64s()[row]);
}

}  // namespace

ProfileSink::ProfileSink(const Plan& plan, const BackfillRequest& wanted, const ProfileSet& earlier, Sink& next)
    : keys_(plan.entities[wanted.entity].keys.size()), next_(next) {
  const BackfillRequest checked = with_checks(plan, wanted);
  size_t next_before_default = keys_ + 1 + checked.features.size();
  for (size_t i = 0; i < wanted.features.size(); ++i) {
    const PlanFeature& planned = plan.features[wanted.features[i]];
    const bool has_before_default = !checked.before_default.empty() && checked.before_default[i];
    Feature feature;
    feature.place = {plan.entities[wanted.entity].name, planned.name, planned.digest, 0};
    feature.column = has_before_default ? next_before_default++ : keys_ + 1 + i;
    feature.kind = kind_of(planned.type);
    feature.edges = earlier.edges_of(feature.place.entity, feature.place.feature, feature.place.digest);
    features_.push_back(std::move(feature));
  }
}

Status ProfileSink::write(const Batch& batch) {
  entities_.assign(static_cast<size_t>(batch.rows), 0);
  for (size_t key = 0; key < keys_; ++key) {
    for (int64_t row = 0; row < batch.rows; ++row) {
      uint64_t& hash = entities_[static_cast<size_t>(row)];
      hash = mix64(hash + key_part(batch.columns[key], row) + 1);
    }
  }
  const int64_t* const times = batch.columns[keys_].int64s();
  for (Feature& feature : features_) take(feature, batch.columns[feature.column], times);
  return next_.write(batch);
}

void ProfileSink::take(Feature& feature, const Column& values, const int64_t* times) {
  int64_t day = 0;
  ValueProfile* profile = nullptr;
  const bool waits = feature.kind == ProfiledKind::kNumber && feature.edges.empty();
  for (int64_t row = 0; row < values.length; ++row) {
    const int64_t row_day = floor_divide(times[row], kMicrosPerDay);
    if (profile == nullptr || row_day != day) {
      day = row_day;
      profile = &feature.days.try_emplace(day, feature.kind, feature.edges).first->second;
    }

    const uint64_t entity = entities_[static_cast<size_t>(row)];
    const EventTime time{times[row]};
    if (!values.is_valid(row)) {
      profile->take_null(entity, time);
    } else if (feature.kind == ProfiledKind::kPresence) {
      profile->take_present(entity, time);
    } else if (feature.kind == ProfiledKind::kText) {
      profile->take_text(values.string_at(row), entity, time);
    } else {
      const double value = number_at(values, row);
      profile->take_number(value, entity, time);
      if (waits && std::isfinite(value)) feature.waiting.emplace_back(day, value);
    }
  }
  if (feature.waiting.size() >= kReferenceValues) freeze(feature);
}

void ProfileSink::freeze(Feature& feature) {
  if (feature.waiting.empty()) return;
  std::vector<double> reference;
  for (size_t i = 0; i < std::min(kReferenceValues, feature.waiting.size()); ++i) {
    reference.push_back(feature.waiting[i].second);
  }
  feature.edges = frozen_edges(std::move(reference));
  for (auto& [day, profile] : feature.days) profile.set_edges(feature.edges);
  for (const auto& [day, value] : feature.waiting) feature.days.at(day).take_bin(value);
  feature.waiting = {};
}

ProfileSet ProfileSink::finish() {
  ProfileSet set;
  for (Feature& feature : features_) {
    freeze(feature);
    for (auto& [day, profile] : feature.days) {
      ProfilePlace place = feature.place;
      place.day = day;
      set.put(std::move(place), std::move(profile));
    }
  }
  return set;
}

}  // namespace headrace
