#include "session/opened_sources.h"

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

/// Passes batches on until the job is asked to stop.
class StoppableSource : public Source {
 public:
  StoppableSource(Source& source, const JobProgress& progress) : source_(source), progress_(progress) {}

  const std::vector<SourceUnit>& units() const override { return source_.units(); }
  Status read(size_t unit, const Consume& consume) override {
    return source_.read(unit, [&](const Batch& batch) -> Status {
      if (progress_.is_stop_requested()) return Error::stopped("stopped while reading");
      return consume(batch);
    });
  }

 private:
  Source& source_;
  const JobProgress& progress_;
};

}  // namespace

Result<OpenedSources> OpenedSources::open(const std::string& folder, const Plan& plan, size_t entity,
                                          const std::vector<size_t>& features, BadRows& bad_rows,
                                          const JobProgress* progress) {
  OpenedSources opened;
  std::string first;
  for (const SourceRequest& request : source_requests(plan, entity, features)) {
    const auto definition = std::find_if(plan.sources.begin(), plan.sources.end(),
                                         [&](const PlanSource& each) { return each.name == request.source; });
    CHECK(definition != plan.sources.end());
    ASSIGN_OR_RETURN(std::unique_ptr<FileSource> source,
                     open_source(*definition, folder, request, {.bad_rows = &bad_rows}));
    if (first.empty()) {
      first = request.source;
      opened.key_types_ = source->key_types();
    }
    for (size_t key = 0; key < opened.key_types_.size(); ++key) {
      const ScalarType type = source->key_types()[key];
      if (type == opened.key_types_[key]) continue;
      return key_disagreement(plan.entities[entity], key, first, opened.key_types_[key], request.source, type);
    }
    opened.sources_[request.source] = source.get();
    if (progress != nullptr) {
      opened.stoppable_.push_back(std::make_unique<StoppableSource>(*source, *progress));
      opened.sources_[request.source] = opened.stoppable_.back().get();
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

void add_identity_note(const BatchStatistics& statistics, std::vector<std::string>& notes) {
  if (statistics.superseded_rows == 0 && statistics.deleted_events == 0) return;
  notes.push_back(fmt::format("{} of {} rows were superseded by another row of the same event, {} were deletions",
                              statistics.superseded_rows, statistics.rows_read, statistics.deleted_events));
}

}  // namespace headrace
