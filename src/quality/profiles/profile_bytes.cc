/// A profile as bytes:
///
///   magic and version   8 bytes, "HRPROF" 0 1
///   kind, counts, extremes, limbs, registers, edges, bins, kept values: words of 8 bytes, little-endian; registers a byte each
///   checksum            hash_bytes of all before
#include "base/hash.h"
#include "compute/aggregates/state_bytes.h"
#include "quality/profiles/value_profile.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

constexpr uint64_t kMagic = 0x0100464f52505248ULL;  // "HRPROF", 0, version 1

std::string_view bytes_of(std::span<const uint8_t> ranks) {
  return {reinterpret_cast<const char*>(ranks.data()), ranks.size()};
}

void read_ranks(StateReader& reader, SmallHyperLogLog& into) {
  const std::string_view bytes = reader.text();
  if (bytes.size() != SmallHyperLogLog::kRegisters) return reader.fail();
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto rank = static_cast<uint8_t>(bytes[i]);
    if (rank > 64 - SmallHyperLogLog::kIndexBits + 1) return reader.fail();
    into.ranks()[i] = rank;
  }
}

}  // namespace

/// Reads and writes the members in one order.
class ProfileForm {
 public:
  static void write(const ValueProfile& profile, StateWriter& writer);
  static void read(StateReader& reader, ValueProfile& profile);
};

void ProfileForm::write(const ValueProfile& profile, StateWriter& writer) {
  for (const int64_t each : {profile.rows_, profile.nulls_, profile.not_finite_, profile.zeros_, profile.finite_,
                             profile.oldest_us_, profile.newest_us_, profile.delays_, profile.delay_us_max_}) {
    writer.value(each);
  }
  writer.value(profile.min_);
  writer.value(profile.max_);
  for (const uint64_t limb : profile.sum_) writer.word(limb);
  for (const uint64_t limb : profile.squares_) writer.word(limb);
  writer.text(bytes_of(profile.values_.ranks()));
  writer.text(bytes_of(profile.entities_.ranks()));

  writer.word(profile.edges_.size());
  for (const double edge : profile.edges_) writer.value(edge);
  for (const int64_t count : profile.counts_) writer.value(count);
  writer.value(profile.has_dropped_);
  writer.word(profile.kept_.size());
  for (const KeptValue& each : profile.kept_) {
    writer.word(each.hash);
    writer.value(each.count);
    writer.text(each.text);
  }
}

void ProfileForm::read(StateReader& reader, ValueProfile& profile) {
  for (int64_t* each : {&profile.rows_, &profile.nulls_, &profile.not_finite_, &profile.zeros_, &profile.finite_,
                        &profile.oldest_us_, &profile.newest_us_, &profile.delays_, &profile.delay_us_max_}) {
    *each = reader.number();
  }
  profile.min_ = reader.value<double>();
  profile.max_ = reader.value<double>();
  for (uint64_t& limb : profile.sum_) limb = reader.word();
  for (uint64_t& limb : profile.squares_) limb = reader.word();
  read_ranks(reader, profile.values_);
  read_ranks(reader, profile.entities_);

  const size_t edges = reader.count(8);
  if (edges > ValueProfile::kBinsMax + 1) return reader.fail();
  for (size_t i = 0; i < edges; ++i) profile.edges_.push_back(reader.value<double>());
  profile.counts_.resize(edges == 0 ? 0 : edges + 1);
  for (int64_t& count : profile.counts_) count = reader.number();
  const uint64_t has_dropped = reader.word();
  if (has_dropped > 1) return reader.fail();
  profile.has_dropped_ = has_dropped == 1;
  const size_t kept = reader.count(24);
  if (kept > ValueProfile::kKeptMax) return reader.fail();
  for (size_t i = 0; i < kept; ++i) {
    KeptValue value;
    value.hash = reader.word();
    value.count = reader.number();
    value.text = std::string(reader.text());
    profile.kept_.push_back(std::move(value));
  }
}

std::string ValueProfile::to_bytes() const {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(kMagic);
  writer.word(static_cast<uint64_t>(kind_));
  ProfileForm::write(*this, writer);
  writer.word(hash_bytes(bytes));
  return bytes;
}

Result<ValueProfile> ValueProfile::from_bytes(std::string_view bytes) {
  const auto wrong = [](const char* what) { return Error::data(std::string("a profile ") + what); };
  if (bytes.size() < 24 || bytes.size() > kBytesMax) return wrong("of a size that it cannot have");
  TextPool texts;
  StateReader end(bytes.substr(bytes.size() - 8), texts);
  if (end.word() != hash_bytes(bytes.substr(0, bytes.size() - 8))) return wrong("whose bytes have changed");
  StateReader reader(bytes.substr(0, bytes.size() - 8), texts);
  if (reader.word() != kMagic) return wrong("of another version");
  const uint64_t kind = reader.word();
  if (kind > static_cast<uint64_t>(ProfiledKind::kPresence)) return wrong("of another version");

  ValueProfile profile(static_cast<ProfiledKind>(kind));
  ProfileForm::read(reader, profile);
  if (!reader.ok() || !reader.at_end() || !profile.is_sound()) return wrong("that contradicts itself");
  return profile;
}

/// What every profile of rows fulfils, whoever gave the bytes a checksum.
bool ValueProfile::is_sound() const {
  // Room for as many merges as there can be files.
  constexpr int64_t kMost = int64_t{1} << 50;
  if (rows_ > kMost || delays_ > kMost) return false;
  const auto top_of_sum = static_cast<int64_t>(sum_.back());
  if (top_of_sum > kMost || top_of_sum < -kMost || squares_.back() > static_cast<uint64_t>(kMost)) return false;
  const auto in_rows = [&](int64_t count) { return count >= 0 && count <= rows_; };
  for (const int64_t count : {nulls_, not_finite_, zeros_, finite_}) {
    if (!in_rows(count)) return false;
  }
  if (rows_ < 0 || delays_ < 0 || zeros_ > finite_ || finite_ > rows_ - nulls_ - not_finite_) return false;
  if (finite_ > 0 && !(std::isfinite(min_) && std::isfinite(max_) && min_ <= max_)) return false;

  const bool edges_rise =
      std::ranges::adjacent_find(edges_, [](double a, double b) { return !(a < b); }) == edges_.end();
  const bool are_finite = std::ranges::all_of(edges_, [](double edge) { return std::isfinite(edge); });
  if (!edges_rise || !are_finite || !std::ranges::all_of(counts_, in_rows)) return false;
  for (size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i].count <= 0 || kept_[i].count > rows_ || kept_[i].text.size() > kKeptBytesMax) return false;
    if (i > 0 && kept_[i].hash <= kept_[i - 1].hash) return false;
  }
  return true;
}

}  // namespace headrace
