#include "session/running/opened_sources.h"

#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

Error key_disagreement(const PlanEntity& entity, size_t key, const std::string& first, ScalarType first_type,
                       const std::string& second, ScalarType second_type) {
  return Error::data(fmt::format("key `{}` of `{}` is {} in source `{}`, but {} in source `{}`", entity.keys[key],
                                 entity.name, to_string(first_type), first, to_string(second_type), second))
      .with_help(fmt::format("give `{}` the same type in the `columns` of both sources, or write the files so",
                             entity.keys[key]));
}

/// A path that is not there as it stands may have been meant with a variable.
Error with_variable_help(const Error& error, const PlanSource& source) {
  const std::string name = source.batch ? variable_without_braces(source.batch->path) : "";
  if (name.empty() || error.kind() != ErrorKind::kEnvironment) return error;
  return error.with_help(fmt::format("`${0}` is not replaced without braces: write `${{{0}}}` for the variable", name));
}

/// Passes batches on, and looks at them, until the job is asked to stop.
class WatchedSource : public Source {
 public:
  WatchedSource(Source& source, EventWatch& watch, const JobProgress& progress)
      : source_(source), watch_(watch), progress_(progress) {}

  const std::vector<SourceUnit>& units() const override { return source_.units(); }
  Status read(size_t unit, const Consume& consume) override {
    UnitEvents seen;
    RETURN_IF_ERROR(source_.read(unit, [&](const Batch& batch) -> Status {
      if (progress_.is_stop_requested()) return Error::stopped("stopped while reading");
      seen.add(batch, watch_.request());
      return consume(batch);
    }));
    watch_.set_unit(unit, std::move(seen));
    return {};
  }
  int64_t bytes_taken(size_t unit) const override { return source_.bytes_taken(unit); }

 private:
  Source& source_;
  EventWatch& watch_;
  const JobProgress& progress_;
};

}  // namespace

Result<OpenedSources> OpenedSources::open(const SourcePlaces& places, const Plan& plan, size_t entity,
                                          const std::vector<size_t>& features, BadRows& bad_rows,
                                          const JobProgress* progress) {
  OpenedSources opened;
  std::vector<std::string> first;  // by key: the source whose type it is
  for (const SourceRequest& request : source_requests(plan, entity, features)) {
    const auto definition = std::find_if(plan.sources.begin(), plan.sources.end(),
                                         [&](const PlanSource& each) { return each.name == request.source; });
    CHECK(definition != plan.sources.end());
    ASSIGN_OR_RETURN(const PlanSource located, places.located(*definition));
    Result<std::unique_ptr<FileSource>> opening =
        open_source(located, places.folder(), request, {.bad_rows = &bad_rows});
    if (!opening) return with_variable_help(opening.error(), located);
    std::unique_ptr<FileSource> source = std::move(*opening);
    const std::vector<ScalarType>& types = source->key_types();
    opened.key_types_.resize(types.size(), ScalarType::kNull);
    first.resize(types.size());
    for (size_t key = 0; key < types.size(); ++key) {
      ScalarType& agreed = opened.key_types_[key];
      if (types[key] == ScalarType::kNull || types[key] == agreed) continue;
      if (agreed != ScalarType::kNull)
        return key_disagreement(plan.entities[entity], key, first[key], agreed, request.source, types[key]);
      agreed = types[key];
      first[key] = request.source;
    }
    opened.sources_[request.source] = source.get();
    if (progress != nullptr) {
      opened.watches_.push_back(std::make_unique<EventWatch>(request, source->units().size()));
      opened.watched_.push_back(std::make_unique<WatchedSource>(*source, *opened.watches_.back(), *progress));
      opened.sources_[request.source] = opened.watched_.back().get();
    }
    opened.owned_[request.source] = std::move(source);
  }
  return opened;
}

std::vector<std::string> OpenedSources::notes() const {
  std::vector<std::string> all;
  for (const auto& [name, source] : owned_) {
    for (const std::string& note : source->notes()) {
      if (std::find(all.begin(), all.end(), note) == all.end()) all.push_back(note);
    }
  }
  return all;
}

void OpenedSources::count_files(std::vector<SourceFileCount>& counts) const {
  for (const auto& [name, source] : owned_) {
    const bool is_counted =
        std::any_of(counts.begin(), counts.end(), [&](const auto& each) { return each.source == name; });
    if (is_counted) continue;
    counts.push_back({name, static_cast<int64_t>(source->input_files().size()), source->left_out().count(),
                      source->unverifiable_files()});
  }
}

std::vector<std::string> OpenedSources::warnings() const {
  std::vector<std::string> all;
  for (const auto& watch : watches_) {
    for (std::string& each : watch->warnings(system_clock().now_us())) all.push_back(std::move(each));
  }
  return all;
}

void add_identity_note(const BatchStatistics& statistics, std::vector<std::string>& notes) {
  if (statistics.superseded_rows == 0 && statistics.deleted_events == 0) return;
  notes.push_back(fmt::format("{} of {} rows were superseded by another row of the same event, {} were deletions",
                              statistics.superseded_rows, statistics.rows_read, statistics.deleted_events));
}

}  // namespace headrace
