#include "engine/source.h"

namespace headrace {

MemorySource::MemorySource(std::vector<Batch> batches) : batches_(std::move(batches)) {
  SourceUnit unit;
  unit.file = "memory";
  unit.rows = 0;
  for (const Batch& batch : batches_) unit.rows += batch.rows;
  units_.push_back(std::move(unit));
}

Status MemorySource::read(size_t /*unit*/, const Consume& consume) {
  for (const Batch& batch : batches_) RETURN_IF_ERROR(consume(batch));
  return {};
}

}  // namespace headrace
