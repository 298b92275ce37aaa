#include "casefiles/case_engine.h"

#include <memory>

namespace headrace {

Result<CaseAnswer> BatchCaseEngine::run(const CaseRequest& request) {
  std::vector<std::unique_ptr<MemorySource>> owned;
  OpenSources sources;
  for (const CaseTable& table : request.tables) {
    owned.push_back(std::make_unique<MemorySource>(std::vector<Batch>{table.rows}));
    sources[table.request.source] = owned.back().get();
  }
  ASSIGN_OR_RETURN(const DatasetResult result,
                   dataset(request.plan, request.entity, request.features, request.observations, sources, options_));
  CaseAnswer answer;
  answer.statistics = result.statistics;
  for (const Column& column : result.features) {
    std::vector<Value>& values = answer.values.emplace_back();
    for (int64_t row = 0; row < column.length; ++row) values.push_back(column.value_at(row));
  }
  return answer;
}

}  // namespace headrace
