#include "engine/batch/batch.h"
#include "engine/batch/result_columns.h"
#include "engine/batch/runner.h"

namespace headrace {

Result<BatchStatistics> backfill(const Plan& plan, const BackfillRequest& request, const OpenSources& sources,
                                 const BatchOptions& options, Sink& sink, BatchProgress* progress) {
  const Layout layout = make_layout(plan, request.entity, request.features);
  RunnerInput input;
  input.layout = &layout;
  input.sources = ordered_sources(layout, sources);
  input.rule.from_events = true;
  input.rule.every = request.every;
  if (request.from) input.rule.from = request.from->us;
  if (request.to) input.rule.to = request.to->us;
  input.before_default = request.before_default;

  KeyTable keys(plan.entities[request.entity].keys.size());
  TextPool texts;
  int64_t rows_written = 0;
  std::vector<uint32_t> positions;
  const auto finish = [&](TimeStep& step) -> Status {
    positions.clear();
    for (uint32_t at : step.in_order) {
      if (step.is_output.empty() || step.is_output[at]) positions.push_back(at);
    }
    if (positions.empty()) return {};
    Batch batch;
    batch.rows = static_cast<int64_t>(positions.size());
    batch.columns = key_columns(step, keys, positions);
    batch.columns.push_back(time_column(step, positions));
    for (size_t f : request.features) {
      const FeatureColumn& column = step.features[f];
      batch.columns.push_back(column_of(plan.features[f].type, column.values.get(), column.valid.get(), positions));
    }
    for (size_t i = 0; i < request.before_default.size(); ++i) {
      if (!request.before_default[i]) continue;
      const FeatureColumn& column = step.before_default[i];
      batch.columns.push_back(
          column_of(plan.features[request.features[i]].type, column.values.get(), column.valid.get(), positions));
    }
    rows_written += batch.rows;
    return sink.write(batch);
  };
  Runner runner(std::move(input), options, keys, texts, progress);
  ASSIGN_OR_RETURN(BatchStatistics statistics, runner.run(finish));
  statistics.rows_written = rows_written;
  return statistics;
}

}  // namespace headrace
