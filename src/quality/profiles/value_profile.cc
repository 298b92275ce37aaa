#include "quality/profiles/value_profile.h"

#include "base/check.h"
#include "compute/aggregates/hyper_log_log.h"
#include "compute/exact/big_integer.h"
#include "compute/exact/limbs.h"
#include "compute/exact/operand.h"
#include "data/value.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace headrace {
namespace {

constexpr int kLeastExponent = -1074;

/// Texts of numbers are made for values that are kept alone.
uint64_t hash_of_number(double value) { return stable_hash(std::bit_cast<uint64_t>(value)); }

}  // namespace

void SmallHyperLogLog::insert(uint64_t hash) {
  const auto index = static_cast<size_t>(hash >> (64 - kIndexBits));
  const uint64_t rest = hash << kIndexBits | uint64_t{1} << (kIndexBits - 1);
  ranks_[index] = std::max(ranks_[index], static_cast<uint8_t>(std::countl_zero(rest) + 1));
}

void SmallHyperLogLog::merge(const SmallHyperLogLog& other) {
  for (size_t i = 0; i < kRegisters; ++i) ranks_[i] = std::max(ranks_[i], other.ranks_[i]);
}

int64_t SmallHyperLogLog::estimate() const {
  std::array<int32_t, 64 - kIndexBits + 2> registers_of_rank{};
  for (const uint8_t rank : ranks_) ++registers_of_rank[rank];
  return estimate_distinct(registers_of_rank, kIndexBits);
}

ValueProfile::ValueProfile(ProfiledKind kind, std::vector<double> edges) : kind_(kind) {
  if (!edges.empty()) set_edges(std::move(edges));
}

void ValueProfile::set_edges(std::vector<double> edges) {
  CHECK(edges_.empty());
  CHECK_LE(edges.size(), kBinsMax + 1);
  CHECK(std::ranges::is_sorted(edges));
  edges_ = std::move(edges);
  counts_.assign(edges_.empty() ? 0 : edges_.size() + 1, 0);
}

void ValueProfile::take_row(uint64_t entity, EventTime time) {
  ++rows_;
  entities_.insert(mix64(entity));
  oldest_us_ = std::min(oldest_us_, time.us);
  newest_us_ = std::max(newest_us_, time.us);
}

void ValueProfile::take_null(uint64_t entity, EventTime time) {
  take_row(entity, time);
  ++nulls_;
}

void ValueProfile::take_present(uint64_t entity, EventTime time) { take_row(entity, time); }

void ValueProfile::take_number(double value, uint64_t entity, EventTime time) {
  take_row(entity, time);
  if (!std::isfinite(value)) {
    ++not_finite_;
    return;
  }
  value += 0.0;  // −0.0 is 0.0
  if (value == 0.0) ++zeros_;
  min_ = finite_ == 0 ? value : std::min(min_, value);
  max_ = finite_ == 0 ? value : std::max(max_, value);
  ++finite_;

  const Operand operand = to_operand(value);
  const UInt128 square = static_cast<UInt128>(operand.magnitude) * operand.magnitude;
  const uint64_t square_limbs[] = {low_limb(square), high_limb(square)};
  const unsigned shift = operand.base - 1;
  CHECK(add_shifted(sum_, {&operand.magnitude, 1}, shift, operand.negative));
  CHECK(add_shifted(squares_, square_limbs, 2 * shift, false));

  const uint64_t hash = hash_of_number(value);
  values_.insert(hash);
  keep(hash, 1, [&] { return to_json(Value{value}); });
  take_bin(value);
}

void ValueProfile::take_text(std::string_view value, uint64_t entity, EventTime time) {
  take_row(entity, time);
  const uint64_t hash = hash_bytes(value);
  values_.insert(hash);
  keep(hash, 1, [&] { return std::string(value.substr(0, kKeptBytesMax)); });
}

void ValueProfile::take_delay(int64_t delay_us) {
  delay_us_max_ = delays_ == 0 ? delay_us : std::max(delay_us_max_, delay_us);
  ++delays_;
}

void ValueProfile::take_bin(double value) {
  if (edges_.empty() || !std::isfinite(value)) return;
  auto bin = static_cast<size_t>(std::ranges::upper_bound(edges_, value) - edges_.begin());
  if (value == edges_.back() && edges_.size() > 1) bin = edges_.size() - 1;
  ++counts_[bin];
}

template <typename MakeText>
void ValueProfile::keep(uint64_t hash, int64_t count, const MakeText& text) {
  const auto place = std::ranges::lower_bound(kept_, hash, {}, &KeptValue::hash);
  if (place != kept_.end() && place->hash == hash) {
    place->count += count;
    return;
  }
  if (kept_.size() == kKeptMax) {
    has_dropped_ = true;
    if (place == kept_.end()) return;
  }
  kept_.insert(place, {hash, count, text()});
  if (kept_.size() > kKeptMax) kept_.pop_back();
}

bool ValueProfile::can_merge(const ValueProfile& other) const { return kind_ == other.kind_ && edges_ == other.edges_; }

void ValueProfile::merge(const ValueProfile& other) {
  CHECK(can_merge(other));
  if (other.finite_ > 0) {
    min_ = finite_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = finite_ == 0 ? other.max_ : std::max(max_, other.max_);
  }
  if (other.delays_ > 0)
    delay_us_max_ = delays_ == 0 ? other.delay_us_max_ : std::max(delay_us_max_, other.delay_us_max_);
  rows_ += other.rows_;
  nulls_ += other.nulls_;
  not_finite_ += other.not_finite_;
  zeros_ += other.zeros_;
  finite_ += other.finite_;
  delays_ += other.delays_;
  oldest_us_ = std::min(oldest_us_, other.oldest_us_);
  newest_us_ = std::max(newest_us_, other.newest_us_);

  CHECK(add_limbs(sum_, other.sum_));
  CHECK(add_limbs(squares_, other.squares_));
  values_.merge(other.values_);
  entities_.merge(other.entities_);
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  has_dropped_ |= other.has_dropped_;
  for (const KeptValue& each : other.kept_) keep(each.hash, each.count, [&] { return each.text; });
}

std::optional<double> ValueProfile::min() const { return finite_ > 0 ? std::optional(min_) : std::nullopt; }
std::optional<double> ValueProfile::max() const { return finite_ > 0 ? std::optional(max_) : std::nullopt; }

std::optional<EventTime> ValueProfile::oldest() const {
  return rows_ > 0 ? std::optional(EventTime{oldest_us_}) : std::nullopt;
}
std::optional<EventTime> ValueProfile::newest() const {
  return rows_ > 0 ? std::optional(EventTime{newest_us_}) : std::nullopt;
}

std::optional<double> ValueProfile::mean() const {
  if (finite_ == 0) return {};
  return round_quotient(BigInteger::from_limbs(sum_), BigInteger(finite_), kLeastExponent);
}

/// (n·Σx² − (Σx)²) / n², rounded once.
std::optional<double> ValueProfile::variance() const {
  if (finite_ == 0) return {};
  const BigInteger sum = BigInteger::from_limbs(sum_);
  const BigInteger count(finite_);
  return round_quotient(count * BigInteger::from_limbs(squares_) - sum * sum, count * count, 2 * kLeastExponent);
}

std::vector<double> frozen_edges(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  std::vector<double> edges;
  if (values.empty()) return edges;
  std::ranges::sort(values);
  for (size_t i = 0; i <= ValueProfile::kBinsMax; ++i) {
    const double edge = values[i * (values.size() - 1) / ValueProfile::kBinsMax] + 0.0;
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
}

}  // namespace headrace
