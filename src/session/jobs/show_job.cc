#include "session/jobs/show_job.h"

#include "base/option_name.h"
#include "engine/batch/batch.h"
#include "explain/explain.h"
#include "io/files/bad_row_messages.h"
#include "io/write/table_format.h"
#include "session/project/feature_selection.h"
#include "session/project/written_paths.h"
#include "session/running/key_texts.h"
#include "session/running/opened_sources.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>

namespace headrace {
namespace {

/// Every instant is a point of this grid.
constexpr Duration kFinestGrid{1};

/// A key column whose value is given.
struct WantedKey {
  size_t column = 0;
  Value value;
};

bool has_value(const Column& column, int64_t row, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return column.string_at(row) == *text;
  if (const auto* number = std::get_if<int64_t>(&value.data)) return column.int64s()[row] == *number;
  return column.value_at(row) == value;
}

/// Keeps some rows of the wanted keys and counts all of them.
class ShownRows : public Sink {
 public:
  enum class Kept { kFirst, kLast };

  ShownRows(std::vector<WantedKey> wanted, Kept kept, int64_t rows_max)
      : wanted_(std::move(wanted)), kept_(kept), rows_max_(static_cast<size_t>(rows_max)) {}

  Status write(const Batch& batch) override {
    if (other_key_.empty() && batch.rows > 0) other_key_ = boxed(batch, 0);
    const std::vector<int64_t> positions = positions_in(batch);
    rows_total_ += static_cast<int64_t>(positions.size());
    size_t first = 0;
    size_t end = positions.size();
    if (kept_ == Kept::kFirst) {
      end = std::min(end, rows_max_ - rows_.size());
    } else if (end > rows_max_) {
      first = end - rows_max_;
    }
    for (size_t i = first; i < end; ++i) rows_.push_back(boxed(batch, positions[i]));
    while (rows_.size() > rows_max_) rows_.pop_front();
    return {};
  }

  int64_t rows_total() const { return rows_total_; }
  /// Of any key, to show how keys look; empty: there was none.
  const std::vector<Value>& other_key() const { return other_key_; }
  std::vector<std::vector<Value>> take_rows() { return {rows_.begin(), rows_.end()}; }

 private:
  static std::vector<Value> boxed(const Batch& batch, int64_t row) {
    std::vector<Value> values;
    for (const Column& column : batch.columns) values.push_back(column.value_at(row));
    return values;
  }

  std::vector<int64_t> positions_in(const Batch& batch) const {
    std::vector<int64_t> positions;
    for (int64_t row = 0; row < batch.rows; ++row) {
      const bool is_wanted = std::all_of(wanted_.begin(), wanted_.end(), [&](const WantedKey& each) {
        return has_value(batch.columns[each.column], row, each.value);
      });
      if (is_wanted) positions.push_back(row);
    }
    return positions;
  }

  std::vector<WantedKey> wanted_;
  Kept kept_;
  size_t rows_max_;
  std::deque<std::vector<Value>> rows_;
  std::vector<Value> other_key_;
  int64_t rows_total_ = 0;
};

/// The names in "name=value"s.
std::vector<std::string> names_of(const std::vector<std::string>& keys) {
  std::vector<std::string> names;
  for (const std::string& each : keys) {
    if (const size_t equals = each.find('='); equals != std::string::npos) names.push_back(each.substr(0, equals));
  }
  return names;
}

bool has_keys(const PlanEntity& entity, const std::vector<std::string>& given) {
  const std::vector<std::string> names = names_of(given);
  if (names.empty()) return given.size() <= entity.keys.size();
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(entity.keys.begin(), entity.keys.end(), name) != entity.keys.end();
  });
}

/// Where no file tells the type of a key, any text is one.
std::vector<ScalarType> key_types_of(const OpenedSources& opened) {
  std::vector<ScalarType> types = opened.key_types();
  std::replace(types.begin(), types.end(), ScalarType::kNull, ScalarType::kString);
  return types;
}

/// One look at values on its way.
class ShowRun {
 public:
  /// `are_chosen`: the features were asked for; else those of entities without the keys are left out.
  ShowRun(const Session& session, const ShowJob& job, bool are_chosen, JobProgress& progress)
      : session_(session), job_(job), are_chosen_(are_chosen), progress_(progress) {}

  Result<ShowReport> run();

 private:
  Status show_entity(size_t entity, const std::vector<size_t>& features);
  Result<std::vector<WantedKey>> wanted_keys(const PlanEntity& entity, const OpenedSources& opened) const;
  Status compute(const BackfillRequest& request, const OpenedSources& opened, ShownRows& rows);
  /// The values of a key that had no event: what features are of nothing.
  Result<std::vector<Value>> values_without_events(const BackfillRequest& request, const OpenedSources& opened,
                                                   const std::vector<WantedKey>& wanted) const;
  std::string no_row_text(const PlanEntity& entity, const std::vector<WantedKey>& wanted, const ShownRows& rows) const;

  const Session& session_;
  const ShowJob& job_;
  bool are_chosen_;
  JobProgress& progress_;
  Plan plan_;
  std::unique_ptr<BadRows> bad_rows_;
  ShowReport report_;
};

Result<std::vector<WantedKey>> ShowRun::wanted_keys(const PlanEntity& entity, const OpenedSources& opened) const {
  ASSIGN_OR_RETURN(const auto texts, split_keys(entity, job_.keys, KeyParts::kSome));
  std::vector<WantedKey> wanted;
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    const auto text = texts.find(entity.keys[i]);
    if (text == texts.end()) continue;
    ASSIGN_OR_RETURN(Value value, read_key(entity.keys[i], key_types_of(opened)[i], text->second));
    wanted.push_back({i, std::move(value)});
  }
  return wanted;
}

Status ShowRun::compute(const BackfillRequest& request, const OpenedSources& opened, ShownRows& rows) {
  progress_.start_reading(plan_.entities[request.entity].name);
  ASSIGN_OR_RETURN(const BatchStatistics statistics,
                   backfill(plan_, request, opened.sources(), batch_options(job_.run), rows, &progress_.rows()));
  for (const std::string& note : opened.notes()) report_.notes.push_back(note);
  add_identity_note(statistics, report_.notes);
  return {};
}

Result<std::vector<Value>> ShowRun::values_without_events(const BackfillRequest& request, const OpenedSources& opened,
                                                          const std::vector<WantedKey>& wanted) const {
  Observations one;
  std::vector<Value> values;
  for (const WantedKey& each : wanted) {
    ColumnBuilder builder({key_types_of(opened)[each.column]});
    builder.append(each.value);
    one.keys.push_back(std::move(builder).finish());
    values.push_back(each.value);
  }
  one.times = make_column(ScalarType::kTimestamp, {job_.at->us});
  values.push_back(Value{*job_.at});
  ASSIGN_OR_RETURN(const DatasetResult result, dataset(plan_, request.entity, request.features, one, opened.sources(),
                                                       batch_options(job_.run), &progress_.rows()));
  for (const Column& column : result.features) values.push_back(column.value_at(0));
  return values;
}

std::string ShowRun::no_row_text(const PlanEntity& entity, const std::vector<WantedKey>& wanted,
                                 const ShownRows& rows) const {
  std::string text = fmt::format("there is no event of {}", entity.name);
  for (const WantedKey& each : wanted) text += fmt::format(" {} {}", entity.keys[each.column], to_json(each.value));
  if (job_.at) text += " until " + to_string(*job_.at);
  if (rows.other_key().empty() || wanted.empty()) return text;
  std::vector<std::string> like;
  for (const WantedKey& each : wanted) {
    like.push_back(fmt::format("{} {}", entity.keys[each.column], to_json(rows.other_key()[each.column])));
  }
  return text + fmt::format("; others have {}", fmt::join(like, ", "));
}

Status ShowRun::show_entity(size_t entity, const std::vector<size_t>& features) {
  const PlanEntity& definition = plan_.entities[entity];
  ASSIGN_OR_RETURN(const OpenedSources opened,
                   OpenedSources::open(session_.places(), plan_, entity, features, *bad_rows_, &progress_));
  ASSIGN_OR_RETURN(const std::vector<WantedKey> wanted, wanted_keys(definition, opened));
  BackfillRequest request;
  request.entity = entity;
  request.features = features;
  request.every = job_.every;
  if (job_.at) {
    request.start = job_.at;
    request.end = EventTime{job_.at->us + 1};
    request.every = kFinestGrid;
  }
  ShownRows rows(wanted, job_.at ? ShownRows::Kept::kFirst : ShownRows::Kept::kLast, job_.rows_max);
  RETURN_IF_ERROR(compute(request, opened, rows));

  ShownTable table;
  table.entity = definition.name;
  table.keys = definition.keys;
  for (const ScalarType type : key_types_of(opened)) table.types.push_back({type});
  table.types.push_back({ScalarType::kTimestamp});
  for (const size_t feature : features) {
    table.features.push_back(plan_.features[feature].name);
    table.types.push_back(plan_.features[feature].type);
  }
  table.rows = rows.take_rows();
  table.rows_total = rows.rows_total();
  if (table.rows.empty()) {
    report_.warnings.push_back(no_row_text(definition, wanted, rows));
    if (job_.at && wanted.size() == definition.keys.size()) {
      ASSIGN_OR_RETURN(std::vector<Value> values, values_without_events(request, opened, wanted));
      table.rows.push_back(std::move(values));
      table.rows_total = 1;
    }
  }
  report_.tables.push_back(std::move(table));
  return {};
}

Result<ShowReport> ShowRun::run() {
  ASSIGN_OR_RETURN(plan_, session_.plan(job_.features, CheckNodes::kLeftOut));
  if (plan_.features.empty()) {
    return Error::data("there are no features to show").with_help("define one under features/");
  }
  RETURN_IF_ERROR(read_paths(session_).refuse(
      {{job_.skips_bad_rows ? job_.bad_rows_file : "", OptionName::kBadRowsFile, WrittenKind::kFile}}));
  ASSIGN_OR_RETURN(
      bad_rows_, BadRows::create(job_.skips_bad_rows ? BadRowPolicy::kSkip : BadRowPolicy::kStop, job_.bad_rows_file));
  bad_rows_->set_interrupt([this] { return progress_.is_stop_requested(); });

  // The order in which features are named is the order of the columns; without names it is that of the definitions.
  std::vector<std::string> names = job_.features;
  if (names.empty()) {
    for (const FeatureDefinition& each : session_.repository().features) names.push_back(each.name);
  }
  std::vector<std::vector<size_t>> features_of(plan_.entities.size());
  for (const std::string& name : names) {
    const PlanFeature* feature = plan_.find_feature(name);
    CHECK(feature != nullptr);
    features_of[feature->entity].push_back(static_cast<size_t>(feature - plan_.features.data()));
  }

  std::vector<std::string> without_keys;
  for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
    if (features_of[entity].empty()) continue;
    if (has_keys(plan_.entities[entity], job_.keys) || are_chosen_) {
      RETURN_IF_ERROR(show_entity(entity, features_of[entity]));
    } else {
      without_keys.push_back(
          fmt::format("{} ({})", fmt::join(plan_.entities[entity].keys, ", "), plan_.entities[entity].name));
    }
  }
  if (report_.tables.empty()) {
    return Error::not_found(fmt::format("no entity has the key {}", fmt::join(names_of(job_.keys), ", ")))
        .with_help(fmt::format("the keys are {}", fmt::join(without_keys, "; ")));
  }
  RETURN_IF_ERROR(bad_rows_->finish());
  for (std::string& each : skipped_warnings(bad_rows_->counts())) report_.warnings.push_back(std::move(each));
  return std::move(report_);
}

}  // namespace

std::vector<std::string> ShownTable::column_names() const {
  std::vector<std::string> names = keys;
  names.push_back("event_time");
  names.insert(names.end(), features.begin(), features.end());
  return names;
}

Result<ShowReport> run_show(const Session& session, const ShowJob& job, JobProgress& progress) {
  ShowJob named = job;
  ASSIGN_OR_RETURN(named.features,
                   select_features(session.repository(), job.features, job.excluded, DefaultFeatures::kOutputs));
  Result<ShowReport> report = ShowRun(session, named, !job.features.empty(), progress).run();
  if (!report && report.error().kind() == ErrorKind::kStopped) return Error::stopped("nothing was written");
  return report;
}

Result<std::string> to_csv(const ShownTable& table) {
  TableSchema schema;
  schema.names = table.column_names();
  schema.types = table.types;
  Batch batch;
  batch.rows = static_cast<int64_t>(table.rows.size());
  for (size_t column = 0; column < table.types.size(); ++column) {
    ColumnBuilder builder(table.types[column]);
    for (const std::vector<Value>& row : table.rows) builder.append(row[column]);
    batch.columns.push_back(std::move(builder).finish());
  }
  TableOptions options;
  options.format = TableFormat::kCsv;
  const std::unique_ptr<TableEncoder> encoder = make_table_encoder(schema, options);
  ASSIGN_OR_RETURN(const EncodedChunk chunk, encoder->encode_chunk({batch}));
  return encoder->encode_head() + std::string(chunk.bytes);
}

}  // namespace headrace
