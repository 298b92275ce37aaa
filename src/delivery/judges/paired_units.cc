#include "delivery/judges/paired_units.h"

#include "base/check.h"
#include "base/hash.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

bool is_missing(const std::optional<double>& value) { return !value || std::isnan(*value); }

}  // namespace

PairedValue paired_numbers(uint64_t entity, EventTime time, std::optional<double> old_value,
                           std::optional<double> new_value) {
  PairedValue pair{entity, time, false, old_value, new_value};
  if (old_value && new_value) {
    pair.is_equal = *old_value == *new_value || (std::isnan(*old_value) && std::isnan(*new_value));
  } else {
    pair.is_equal = old_value.has_value() == new_value.has_value();
  }
  return pair;
}

PairedUnits::PairedUnits(UnitShape shape) : shape_(std::move(shape)) {
  CHECK_LE(shape_.low, shape_.high);
  CHECK(std::ranges::is_sorted(shape_.edges));
  if (shape_.kind != UnitKind::kEntity) CHECK_LT(0, shape_.stretch.us);
}

void PairedUnits::take(const PairedValue& pair) {
  const uint64_t scrambled = mix64(pair.entity);
  entities_.insert(scrambled);
  const int64_t stretch = shape_.kind == UnitKind::kEntity ? 0 : floor_divide(pair.time.us, shape_.stretch.us);
  Sums& sums = units_[{stretch, shape_.kind == UnitKind::kStretch ? 0 : scrambled}];

  ++sums.pairs;
  if (!pair.is_equal) ++sums.mismatched;
  if (is_missing(pair.old_value)) ++sums.old_missing;
  if (is_missing(pair.new_value)) ++sums.new_missing;
  if (is_missing(pair.old_value) || is_missing(pair.new_value)) return;

  ++sums.both;
  const double before = std::clamp(*pair.old_value, shape_.low, shape_.high);
  const double after = std::clamp(*pair.new_value, shape_.low, shape_.high);
  sums.shift += after - before;
  sums.risen.resize(shape_.edges.size());
  for (size_t i = 0; i < shape_.edges.size(); ++i) {
    sums.risen[i] += static_cast<int>(*pair.new_value <= shape_.edges[i]);
    sums.risen[i] -= static_cast<int>(*pair.old_value <= shape_.edges[i]);
  }
}

PairedEvidence PairedUnits::evidence() const {
  PairedEvidence evidence;
  evidence.entities = static_cast<int64_t>(entities_.size());
  evidence.units.reserve(units_.size());
  for (const auto& [place, sums] : units_) {
    const auto pairs = static_cast<double>(sums.pairs);
    PairedUnit unit;
    unit.pairs = sums.pairs;
    unit.both = sums.both;
    unit.mismatched = static_cast<double>(sums.mismatched) / pairs;
    unit.old_missing = static_cast<double>(sums.old_missing) / pairs;
    unit.new_missing = static_cast<double>(sums.new_missing) / pairs;
    if (sums.both > 0) {
      const auto both = static_cast<double>(sums.both);
      unit.shift = sums.shift / both;
      for (const int64_t risen : sums.risen) unit.risen.push_back(static_cast<double>(risen) / both);
    }
    evidence.units.push_back(std::move(unit));
  }
  return evidence;
}

}  // namespace headrace
