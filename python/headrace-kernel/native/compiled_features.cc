#include "compiled_features.h"

#include "input_columns.h"
#include "language/diagnostics/suggest.h"
#include "plan/make_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

BatchOptions batch_options(const ComputeOptions& options) {
  BatchOptions batch;
  batch.threads = options.threads;
  batch.memory_bytes = options.memory_bytes;
  return batch;
}

OnBadRow bad_rows_of(const ComputeOptions& options) {
  return options.skips_bad_rows ? OnBadRow::kSkip : OnBadRow::kStop;
}

std::map<std::string, int64_t> statistics_of(const BatchStatistics& run, int64_t bad_rows) {
  return {{"rows_read", run.rows_read},
          {"rows_written", run.rows_written},
          {"superseded_rows", run.superseded_rows},
          {"deleted_events", run.deleted_events},
          {"steps", run.steps},
          {"spilled_bytes", run.spilled_bytes},
          {"wide_promotions", run.wide_promotions},
          {"memory_bytes_max", run.memory_bytes_max},
          {"bad_rows", bad_rows}};
}

/// The events of one entity, read and ready for the engine.
class EntityEvents {
 public:
  Status read(const Plan& plan, size_t entity, const std::vector<size_t>& features, EventStreams& events,
              const ComputeOptions& options);

  const OpenSources& sources() const { return sources_; }
  const std::vector<ScalarType>& key_types() const { return key_types_; }
  int64_t bad_rows() const { return bad_rows_; }

 private:
  Status take_key_types(const PlanEntity& entity, const SourceRequest& request, const InputTable& table);

  std::vector<std::unique_ptr<MemorySource>> owned_;
  OpenSources sources_;
  std::vector<ScalarType> key_types_;
  std::string first_source_;
  int64_t bad_rows_ = 0;
};

Status EntityEvents::take_key_types(const PlanEntity& entity, const SourceRequest& request, const InputTable& table) {
  const std::vector<ScalarType> types(table.types.begin(),
                                      table.types.begin() + static_cast<std::ptrdiff_t>(request.key_count));
  if (first_source_.empty()) {
    first_source_ = request.source;
    key_types_ = types;
  }
  for (size_t key = 0; key < types.size(); ++key) {
    if (types[key] == key_types_[key]) continue;
    return Error::data(fmt::format("key `{}` of `{}` is {} in source `{}`, but {} in source `{}`", entity.keys[key],
                                   entity.name, to_string(key_types_[key]), first_source_, to_string(types[key]),
                                   request.source));
  }
  return {};
}

Status EntityEvents::read(const Plan& plan, size_t entity, const std::vector<size_t>& features, EventStreams& events,
                          const ComputeOptions& options) {
  for (const SourceRequest& request : source_requests(plan, entity, features)) {
    const auto stream = events.find(request.source);
    if (stream == events.end()) {
      return Error::usage(fmt::format("the events of source `{}` are missing", request.source))
          .with_help("give a table for each source; one without rows where nothing happened");
    }
    ASSIGN_OR_RETURN(InputTable table,
                     stream->second.read(input_columns(plan, request, stream->second), bad_rows_of(options)));
    RETURN_IF_ERROR(take_key_types(plan.entities[entity], request, table));
    bad_rows_ += table.bad_rows;
    owned_.push_back(std::make_unique<MemorySource>(std::move(table.batches)));
    sources_[request.source] = owned_.back().get();
  }
  return {};
}

/// Keeps all rows.
class CollectingSink : public Sink {
 public:
  Status write(const Batch& batch) override {
    batches_.push_back(batch);
    rows_ += batch.rows;
    return {};
  }

  Batch joined(const std::vector<Type>& types) const {
    Batch all{rows_, {}};
    for (size_t i = 0; i < types.size(); ++i) all.columns.push_back(joined_column(batches_, i, types[i]));
    return all;
  }

 private:
  std::vector<Batch> batches_;
  int64_t rows_ = 0;
};

}  // namespace

Result<CompiledFeatures> CompiledFeatures::make(Repository repository, const std::vector<std::string>& features) {
  std::vector<std::string> names;
  for (const FeatureDefinition& feature : repository.features) names.push_back(feature.name);
  for (const std::string& name : features) {
    if (repository.find_feature(name) != nullptr) continue;
    return Error::not_found(fmt::format("there is no feature `{}`", name)).with_help(did_you_mean(name, names));
  }
  if (!features.empty()) names = features;
  if (names.empty()) return Error::data("there are no features to compute");
  Plan plan = make_plan(repository, names);
  return CompiledFeatures(std::move(repository), std::move(plan), std::move(names));
}

std::vector<size_t> CompiledFeatures::wanted(std::optional<size_t> entity) const {
  std::vector<size_t> indexes;
  for (const std::string& name : features_) {
    const PlanFeature* feature = plan_.find_feature(name);
    CHECK(feature != nullptr);
    if (!entity || feature->entity == *entity) indexes.push_back(static_cast<size_t>(feature - plan_.features.data()));
  }
  return indexes;
}

std::vector<SourceRequest> CompiledFeatures::requests() const {
  std::vector<SourceRequest> all;
  for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
    const std::vector<size_t> features = wanted(entity);
    if (features.empty()) continue;
    for (SourceRequest& request : source_requests(plan_, entity, features)) all.push_back(std::move(request));
  }
  return all;
}

Status CompiledFeatures::check_names(const EventStreams& events) const {
  std::vector<std::string> known;
  for (const SourceDefinition& source : repository_.sources) known.push_back(source.name);
  for (const auto& [name, stream] : events) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = did_you_mean(name, known);
    return Error::not_found(fmt::format("there is no source `{}`", name))
        .with_help(near.empty() ? fmt::format("the sources are {}", fmt::join(known, ", ")) : near);
  }
  return {};
}

Result<size_t> CompiledFeatures::choose_entity(const std::string& name) const {
  std::vector<std::string> names;
  std::optional<size_t> chosen;
  for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
    if (wanted(entity).empty()) continue;
    names.push_back(plan_.entities[entity].name);
    if (name.empty() || names.back() == name) chosen = entity;
  }
  if (!name.empty() && !chosen) {
    return Error::not_found(fmt::format("there are no features of an entity `{}`", name))
        .with_help(fmt::format("the entities are {}", fmt::join(names, ", ")));
  }
  if (name.empty() && names.size() > 1) {
    return Error::usage("which entity?").with_help(fmt::format("the entities are {}", fmt::join(names, ", ")));
  }
  return *chosen;
}

Result<ArrowBatch> CompiledFeatures::dataset(EventStreams events, TableStream observations,
                                             const std::string& time_column, const ComputeOptions& options) const {
  RETURN_IF_ERROR(check_names(events));
  ASSIGN_OR_RETURN(const InputColumn time, time_column_of(plan_, observations, time_column));
  std::map<size_t, EntityEvents> by_entity;
  std::vector<InputColumn> columns = {time};
  for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
    const std::vector<size_t> features = wanted(entity);
    if (features.empty()) continue;
    EntityEvents& read = by_entity[entity];
    RETURN_IF_ERROR(read.read(plan_, entity, features, events, options));
    const std::vector<std::string>& keys = plan_.entities[entity].keys;
    for (size_t key = 0; key < keys.size(); ++key) {
      columns.push_back({keys[key], {read.key_types()[key], std::nullopt}, false});
    }
  }
  // A cell that cannot be read is never skipped here: every observation has its row in the result.
  ASSIGN_OR_RETURN(const InputTable table, observations.read(columns, OnBadRow::kStop));
  const Column times = joined_column(table.batches, 0, {ScalarType::kTimestamp});
  std::map<size_t, Column> values;
  BatchStatistics statistics;
  int64_t bad_rows = 0;
  size_t next = 1;
  for (const auto& [entity, read] : by_entity) {
    Observations asked{{}, times};
    for (const ScalarType type : read.key_types()) asked.keys.push_back(joined_column(table.batches, next++, {type}));
    const std::vector<size_t> features = wanted(entity);
    ASSIGN_OR_RETURN(DatasetResult result, headrace::dataset(plan_, entity, features, asked, read.sources(),
                                                             headrace::batch_options(options)));
    for (size_t i = 0; i < features.size(); ++i) values[features[i]] = std::move(result.features[i]);
    statistics.add(result.statistics);
    bad_rows += read.bad_rows();
  }
  ArrowBatch out{features_, {table.rows, {}}, statistics_of(statistics, bad_rows)};
  for (const size_t feature : wanted(std::nullopt)) out.batch.columns.push_back(values.at(feature));
  return out;
}

Result<ArrowBatch> CompiledFeatures::backfill(EventStreams events, const std::string& entity_name,
                                              const BackfillRange& range, const ComputeOptions& options) const {
  RETURN_IF_ERROR(check_names(events));
  ASSIGN_OR_RETURN(const size_t entity, choose_entity(entity_name));
  BackfillRequest request;
  request.entity = entity;
  request.features = wanted(entity);
  request.start = range.start;
  request.end = range.end;
  request.every = range.every;
  EntityEvents read;
  RETURN_IF_ERROR(read.read(plan_, entity, request.features, events, options));
  CollectingSink sink;
  ASSIGN_OR_RETURN(const BatchStatistics statistics,
                   headrace::backfill(plan_, request, read.sources(), headrace::batch_options(options), sink));
  ArrowBatch out;
  std::vector<Type> types;
  for (size_t key = 0; key < read.key_types().size(); ++key) {
    out.names.push_back(plan_.entities[entity].keys[key]);
    types.push_back({read.key_types()[key]});
  }
  out.names.emplace_back("event_time");
  types.push_back({ScalarType::kTimestamp});
  for (const size_t feature : request.features) {
    out.names.push_back(plan_.features[feature].name);
    types.push_back(plan_.features[feature].type);
  }
  out.batch = sink.joined(types);
  out.statistics = statistics_of(statistics, read.bad_rows());
  return out;
}

Result<std::unique_ptr<FeatureStream>> CompiledFeatures::stream(const std::string& entity_name,
                                                                const StreamChoices& choices) const {
  ASSIGN_OR_RETURN(const size_t entity, choose_entity(entity_name));
  const std::vector<size_t> features = wanted(entity);
  return std::make_unique<FeatureStream>(plan_, entity, features, choices, shapes_->of(plan_, entity, features));
}

}  // namespace headrace
