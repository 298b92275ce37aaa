#include "quality/quality_sink.h"

#include "base/check.h"
#include "quality/value_checks.h"

#include <string>
#include <unordered_map>

namespace headrace {
namespace {

/// Numbers entities in the order in which they occur.
class EntityNumbers {
 public:
  void number(const Batch& batch, size_t key_count, std::vector<uint32_t>& out) {
    out.resize(static_cast<size_t>(batch.rows));
    for (int64_t row = 0; row < batch.rows; ++row) {
      key_.clear();
      for (size_t i = 0; i < key_count; ++i) append_key(batch.columns[i], row);
      out[static_cast<size_t>(row)] = numbers_.emplace(key_, static_cast<uint32_t>(numbers_.size())).first->second;
    }
  }

 private:
  /// Texts are led by their length, so that no two lists of keys look the same.
  void append_key(const Column& column, int64_t row) {
    const bool is_text = column.type.scalar == ScalarType::kString;
    if (column.type.scalar == ScalarType::kBool) {
      key_ += column.bool_at(row) ? '1' : '0';
      return;
    }
    const int64_t word = is_text ? static_cast<int64_t>(column.string_at(row).size()) : column.int64s()[row];
    key_.append(reinterpret_cast<const char*>(&word), sizeof word);
    if (is_text) key_ += column.string_at(row);
  }

  std::unordered_map<std::string, uint32_t> numbers_;
  std::string key_;  // scratch
};

}  // namespace

class QualitySink::Run {
 public:
  Run(const Plan& plan, const BackfillRequest& wanted, Sink* next);
  Status write(const Batch& batch);
  QualityReport report() const;

 private:
  struct Entry {
    CheckResult result;  // without what is counted
    size_t value_column = 0;
    size_t holds_column = 0;            // `expression` only
    std::unique_ptr<ValueCheck> check;  // null: not evaluated
  };

  void add_feature(const Plan& plan, const PlanFeature& feature, size_t value_column, size_t& next_holds);

  std::vector<std::string> keys_;
  size_t shown_columns_ = 0;
  Sink* next_;
  std::vector<Entry> entries_;
  bool needs_entities_ = false;
  EntityNumbers numbers_;
  std::vector<uint32_t> entities_;  // scratch
};

QualitySink::Run::Run(const Plan& plan, const BackfillRequest& wanted, Sink* next) : next_(next) {
  const BackfillRequest checked = with_checks(plan, wanted);
  keys_ = plan.entities[wanted.entity].keys;
  const size_t first_feature = keys_.size() + 1;
  shown_columns_ = first_feature + wanted.features.size();
  size_t next_holds = shown_columns_;
  size_t next_before_default = first_feature + checked.features.size();
  for (size_t i = 0; i < wanted.features.size(); ++i) {
    const bool has_before_default = !checked.before_default.empty() && checked.before_default[i];
    const size_t value_column = has_before_default ? next_before_default++ : first_feature + i;
    add_feature(plan, plan.features[wanted.features[i]], value_column, next_holds);
  }
  for (const Entry& entry : entries_) needs_entities_ |= entry.check && entry.check->needs_entities();
}

void QualitySink::Run::add_feature(const Plan& plan, const PlanFeature& feature, size_t value_column,
                                   size_t& next_holds) {
  for (const PlanCheck& each : feature.checks) {
    const QualityCheck& check = each.check;
    Entry entry;
    entry.result.entity = plan.entities[feature.entity].name;
    entry.result.feature = feature.name;
    entry.result.name = check.name;
    entry.result.type = check.type();
    entry.result.is_error = check.is_error;
    entry.result.condition = condition_text(check);
    entry.result.required = required_fraction(check);
    entry.value_column = value_column;
    if (check.type() == CheckType::kExpression) entry.holds_column = next_holds++;
    entry.check = make_value_check(check, feature.type, kUniqueBytesMax);
    if (!entry.check) {
      const bool is_drift = check.type() == CheckType::kDrift;
      entry.result.reason = is_drift ? "needs profiles of the days" : "needs a running server";
    }
    entries_.push_back(std::move(entry));
  }
}

Status QualitySink::Run::write(const Batch& batch) {
  CHECK_LE(shown_columns_, batch.columns.size());
  CheckedRows rows;
  rows.names = {&keys_, batch.columns.data(), &batch.columns[keys_.size()]};
  if (needs_entities_) {
    numbers_.number(batch, keys_.size(), entities_);
    rows.entities = entities_.data();
  }
  for (Entry& entry : entries_) {
    if (!entry.check) continue;
    rows.values = &batch.columns[entry.value_column];
    rows.holds = entry.holds_column > 0 ? &batch.columns[entry.holds_column] : nullptr;
    entry.check->look(rows);
  }
  if (next_ == nullptr) return {};
  Batch shown;
  shown.rows = batch.rows;
  shown.columns.assign(batch.columns.begin(), batch.columns.begin() + static_cast<int64_t>(shown_columns_));
  return next_->write(shown);
}

QualityReport QualitySink::Run::report() const {
  QualityReport report;
  for (const Entry& entry : entries_) {
    CheckResult result = entry.result;
    if (entry.check) {
      result.looked_at = entry.check->log().looked_at();
      result.failed = entry.check->log().failed();
      result.offenders = entry.check->log().offenders();
      result.reason = entry.check->gave_up();
      const bool holds = result.fraction().value_or(1.0) >= result.required;
      result.verdict = holds ? Verdict::kPass : result.is_error ? Verdict::kFail : Verdict::kWarn;
      if (!result.reason.empty()) result.verdict = Verdict::kNotEvaluated;
    }
    report.checks.push_back(std::move(result));
  }
  return report;
}

QualitySink::QualitySink(const Plan& plan, const BackfillRequest& wanted, Sink* next)
    : run_(std::make_unique<Run>(plan, wanted, next)) {}
QualitySink::~QualitySink() = default;

Status QualitySink::write(const Batch& batch) { return run_->write(batch); }
QualityReport QualitySink::report() const { return run_->report(); }

}  // namespace headrace
