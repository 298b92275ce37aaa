#include "quality/source_checks.h"

#include "base/overloaded.h"
#include "compute/expressions/evaluator.h"
#include "engine/rows/vector_input.h"
#include "quality/quality_sink.h"
#include "quality/value_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

namespace headrace {
namespace {

/// A column with nulls for what is no value in the language: NaN and infinities.
Column without_non_finite(const Column& column) {
  if (column.type.scalar != ScalarType::kDouble) return column;
  const double* values = column.doubles();
  const auto is_other = [](double value) { return !std::isfinite(value); };
  if (std::none_of(values, values + column.length, is_other)) return column;
  ColumnBuilder builder(column.type);
  for (int64_t row = 0; row < column.length; ++row) {
    if (column.is_valid(row) && std::isfinite(values[row])) {
      builder.append_double(values[row]);
    } else {
      builder.append_null();
    }
  }
  return std::move(builder).finish();
}

/// The formula of a check over the rows of batches.
class RowFormula {
 public:
  RowFormula(const ExprPtr& formula, const SourceRequest& request) : program_(compiled(formula)), evaluator_(program_) {
    for (const Reference& input : program_->inputs()) {
      const auto place = std::find(request.columns.begin(), request.columns.end(), input.name);
      places_.push_back(static_cast<size_t>(place - request.columns.begin()));
    }
    buffers_.resize(places_.size());
  }

  /// Whether it holds, row by row: a bool, or null.
  Column holds(const Batch& batch, size_t time_column) {
    ColumnBuilder builder({ScalarType::kBool});
    std::vector<VectorView> views(places_.size());
    const int64_t* times = batch.columns[time_column].int64s();
    for (int64_t start = 0; start < batch.rows; start += kVectorSize) {
      const int rows = static_cast<int>(std::min<int64_t>(kVectorSize, batch.rows - start));
      for (size_t i = 0; i < places_.size(); ++i)
        views[i] = load_column(batch.columns[places_[i]], start, rows, buffers_[i]);
      evaluator_.run(views, times + start, rows);
      const VectorView out = evaluator_.output(0);
      for (int row = 0; row < rows; ++row) {
        if (out.is_valid(row)) {
          builder.append_bool(out.bools()[row] != 0);
        } else {
          builder.append_null();
        }
      }
    }
    return std::move(builder).finish();
  }

 private:
  static std::shared_ptr<const Program> compiled(const ExprPtr& formula) {
    std::vector<Reference> inputs;
    for (const Reference& reference : references_of(*formula)) {
      if (std::find(inputs.begin(), inputs.end(), reference) == inputs.end()) inputs.push_back(reference);
    }
    return Program::compile({formula}, std::move(inputs));
  }

  std::shared_ptr<const Program> program_;
  Evaluator evaluator_;
  std::vector<size_t> places_;  // of its inputs among the columns
  std::vector<VectorBuffer> buffers_;
};

int64_t floored_to(int64_t time, int64_t length) {
  const int64_t rest = time % length;
  return time - (rest < 0 ? rest + length : rest);
}

/// How many events each stretch of time has.
class EventCounts {
 public:
  explicit EventCounts(Duration per) : per_(per) {}

  void add(const Column& times) {
    rows_ += times.length;
    if (per_.us == 0) return;
    for (int64_t row = 0; row < times.length; ++row) {
      const int64_t start = floored_to(times.int64s()[row], per_.us);
      if (last_ == counts_.end() || last_->first != start) last_ = counts_.emplace(start, 0).first;
      ++last_->second;
    }
  }

  void judge(const checks::Volume& volume, CheckResult& result) const {
    if (per_.us == 0 || counts_.empty()) return judge_one(volume, EventTime{}, rows_, true, result);
    const int64_t first = counts_.begin()->first;
    const int64_t last = counts_.rbegin()->first;
    int64_t expected = first;
    for (const auto& [start, count] : counts_) {
      if (expected < start) judge_empty(volume, expected, (start - expected) / per_.us, result);
      judge_one(volume, EventTime{start}, count, start != first && start != last, result);
      expected = start + per_.us;
    }
  }

 private:
  static void judge_one(const checks::Volume& volume, EventTime start, int64_t count, bool is_whole,
                        CheckResult& result) {
    ++result.looked_at;
    const bool is_short = is_whole && volume.min && count < *volume.min;
    const bool is_long = volume.max && count > *volume.max;
    if (!is_short && !is_long) return;
    ++result.failed;
    if (result.offenders.size() < CheckResult::kOffendersMax)
      result.offenders.push_back({"", start, Value{count}, is_short ? "too few" : "too many"});
  }

  /// Stretches without any event.
  static void judge_empty(const checks::Volume& volume, int64_t start, int64_t stretches, CheckResult& result) {
    judge_one(volume, EventTime{start}, 0, true, result);
    result.looked_at += stretches - 1;
    if (volume.min && *volume.min > 0) result.failed += stretches - 1;
  }

  const Duration per_;
  int64_t rows_ = 0;
  std::map<int64_t, int64_t> counts_;  // by start
  std::map<int64_t, int64_t>::iterator last_ = counts_.end();
};

/// Tells the rows of one event from others, where a source has an `id`.
class SeenEvents {
 public:
  /// The rows whose event, with this value, is met for the first time; the others are null.
  Column without_repeats(const Batch& batch, const SourceRequest& request, const Column& values) {
    ColumnBuilder builder(values.type);
    for (int64_t row = 0; row < batch.rows; ++row) {
      const Value value = values.value_at(row);
      const bool is_new = !value.is_null() && bytes_ < QualitySink::kUniqueBytesMax && add(batch, request, row, value);
      builder.append(is_new ? value : Value{});
    }
    return std::move(builder).finish();
  }
  bool is_full() const { return bytes_ >= QualitySink::kUniqueBytesMax; }

 private:
  bool add(const Batch& batch, const SourceRequest& request, int64_t row, const Value& value) {
    std::string text;
    for (size_t i = 0; i <= request.time_column(); ++i) text += to_json(batch.columns[i].value_at(row)) + " ";
    text += to_json(batch.columns[request.id_column()].value_at(row)) + " " + to_json(value);
    const auto bytes = static_cast<int64_t>(text.size());
    const bool is_new = seen_.insert(std::move(text)).second;
    if (is_new) bytes_ += bytes + 64;
    return is_new;
  }

  std::unordered_set<std::string> seen_;
  int64_t bytes_ = 0;
};

}  // namespace

class SourceChecks::Run {
 public:
  Run(const Plan& plan, const PlanSource& source) : source_(source) {
    keys_ = plan.entities[source.entity].keys;
    entity_ = plan.entities[source.entity].name;
    make_request(plan);
    for (const SourceCheck& each : source.checks) add_check(each);
  }

  const SourceRequest& request() const { return request_; }
  void look(const Batch& batch);
  std::vector<CheckResult> results(int64_t now_us) const;

 private:
  struct Entry {
    CheckResult result;  // without what is counted
    const SourceCheck* check = nullptr;
    size_t column = 0;
    std::unique_ptr<ValueCheck> values;  // of a column's values, made when the first batch tells their type
    std::unique_ptr<RowFormula> formula;
    std::unique_ptr<EventCounts> counts;
    std::unique_ptr<SeenEvents> seen;
  };

  void make_request(const Plan& plan);
  void add_column(const std::string& name, ScalarType type);
  void add_check(const SourceCheck& check);
  void look_at(Entry& entry, const Batch& batch, const RowNames& names);
  void judge_freshness(const checks::Freshness& freshness, int64_t now_us, CheckResult& result) const;

  const PlanSource& source_;
  std::string entity_;
  std::vector<std::string> keys_;
  SourceRequest request_;
  std::vector<Entry> entries_;
  std::optional<int64_t> newest_;
};

void SourceChecks::Run::make_request(const Plan& plan) {
  request_.source = source_.name;
  request_.columns = keys_;
  request_.types = plan.entities[source_.entity].key_types;
  request_.key_count = keys_.size();
  request_.columns.push_back(source_.event_time);
  request_.types.push_back(ScalarType::kTimestamp);
  if (source_.arrival) {
    request_.has_arrival = true;
    request_.columns.push_back(*source_.arrival);
    request_.types.push_back(ScalarType::kInt64);
  }
  if (source_.identity) {
    request_.has_id = true;
    request_.columns.push_back(source_.identity->id);
    request_.types.push_back(source_.identity->id_type);
  }
  for (const std::vector<ColumnDefinition>* columns : {&source_.columns, &source_.unread_columns}) {
    for (const ColumnDefinition& column : *columns) add_column(column.name, column.type);
  }
}

/// Of a declared column, where a check looks at it.
void SourceChecks::Run::add_column(const std::string& name, ScalarType type) {
  const auto is_read = [&](const SourceCheck& check) {
    const auto* expression = std::get_if<checks::Expression>(&check.check.condition);
    if (expression == nullptr || !expression->formula) return check.column == name;
    const std::vector<Reference> read = references_of(*expression->formula);
    return std::any_of(read.begin(), read.end(), [&](const Reference& each) { return each.name == name; });
  };
  const bool is_there = std::find(request_.columns.begin(), request_.columns.end(), name) != request_.columns.end();
  if (is_there || std::none_of(source_.checks.begin(), source_.checks.end(), is_read)) return;
  request_.columns.push_back(name);
  request_.types.push_back(type);
}

void SourceChecks::Run::add_check(const SourceCheck& check) {
  Entry entry;
  entry.check = &check;
  entry.result.entity = entity_;
  entry.result.source = source_.name;
  entry.result.column = check.column;
  entry.result.name = check.check.name;
  entry.result.type = check.check.type();
  entry.result.is_error = check.check.is_error;
  entry.result.condition = condition_text(check.check);
  entry.result.required = required_fraction(check.check);
  const auto place = std::find(request_.columns.begin(), request_.columns.end(), check.column);
  entry.column = static_cast<size_t>(place - request_.columns.begin());
  if (const auto* volume = std::get_if<checks::Volume>(&check.check.condition))
    entry.counts = std::make_unique<EventCounts>(volume->per);
  if (const auto* expression = std::get_if<checks::Expression>(&check.check.condition)) {
    entry.formula = std::make_unique<RowFormula>(expression->formula, request_);
    // What a failed row shows: the first column that the formula reads, else its time.
    const std::vector<Reference> read = references_of(*expression->formula);
    const std::string shown = read.empty() ? source_.event_time : read[0].name;
    entry.column = static_cast<size_t>(std::find(request_.columns.begin(), request_.columns.end(), shown) -
                                       request_.columns.begin());
  }
  if (entry.result.type == CheckType::kUnique && source_.identity) entry.seen = std::make_unique<SeenEvents>();
  entries_.push_back(std::move(entry));
}

void SourceChecks::Run::look(const Batch& batch) {
  const Column& times = batch.columns[request_.time_column()];
  for (int64_t row = 0; row < batch.rows; ++row)
    newest_ = std::max(newest_.value_or(times.int64s()[row]), times.int64s()[row]);
  const RowNames names{&keys_, batch.columns.data(), &times};
  for (Entry& entry : entries_) look_at(entry, batch, names);
}

void SourceChecks::Run::look_at(Entry& entry, const Batch& batch, const RowNames& names) {
  if (entry.counts) return entry.counts->add(batch.columns[request_.time_column()]);
  if (entry.result.type == CheckType::kFreshness) return;
  Column values = without_non_finite(batch.columns[entry.column]);
  if (!entry.values) entry.values = make_value_check(entry.check->check, values.type, QualitySink::kUniqueBytesMax);
  if (entry.seen) values = entry.seen->without_repeats(batch, request_, values);
  CheckedRows rows{names, &values, nullptr, nullptr};
  Column holds;
  if (entry.formula) {
    holds = entry.formula->holds(batch, request_.time_column());
    rows.holds = &holds;
  }
  entry.values->look(rows);
}

void SourceChecks::Run::judge_freshness(const checks::Freshness& freshness, int64_t now_us, CheckResult& result) const {
  result.looked_at = 1;
  const bool is_fresh = newest_ && now_us - *newest_ <= freshness.max_age.us;
  if (is_fresh) return;
  result.failed = 1;
  const EventTime newest{newest_.value_or(0)};
  const std::string note = newest_ ? to_string(Duration{now_us - *newest_}) + " old" : "there is no event";
  result.offenders.push_back({"", newest_ ? newest : EventTime{now_us}, newest_ ? Value{newest} : Value{}, note});
}

std::vector<CheckResult> SourceChecks::Run::results(int64_t now_us) const {
  std::vector<CheckResult> out;
  for (const Entry& entry : entries_) {
    CheckResult result = entry.result;
    const CheckCondition& condition = entry.check->check.condition;
    if (entry.counts) entry.counts->judge(std::get<checks::Volume>(condition), result);
    if (const auto* freshness = std::get_if<checks::Freshness>(&condition)) judge_freshness(*freshness, now_us, result);
    if (entry.values) {
      result.looked_at = entry.values->log().looked_at();
      result.failed = entry.values->log().failed();
      result.offenders = entry.values->log().offenders();
      result.reason = entry.values->gave_up();
    }
    if (entry.seen && entry.seen->is_full() && result.failed == 0)
      result.reason = "too many different values to remember";
    const bool holds = result.fraction().value_or(1.0) >= result.required;
    result.verdict = holds ? Verdict::kPass : result.is_error ? Verdict::kFail : Verdict::kWarn;
    if (!result.reason.empty()) result.verdict = Verdict::kNotEvaluated;
    out.push_back(std::move(result));
  }
  return out;
}

SourceChecks::SourceChecks(const Plan& plan, const PlanSource& source) : run_(std::make_unique<Run>(plan, source)) {}
SourceChecks::~SourceChecks() = default;
const SourceRequest& SourceChecks::request() const { return run_->request(); }
void SourceChecks::look(const Batch& batch) { run_->look(batch); }
std::vector<CheckResult> SourceChecks::results(int64_t now_us) const { return run_->results(now_us); }

bool depends_on_now(const PlanSource& source) {
  return std::any_of(source.checks.begin(), source.checks.end(),
                     [](const SourceCheck& each) { return each.check.type() == CheckType::kFreshness; });
}

}  // namespace headrace
