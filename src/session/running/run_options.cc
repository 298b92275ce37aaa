#include "session/running/run_options.h"

#include "session/running/machine.h"

namespace headrace {

BatchOptions batch_options(const RunOptions& options) {
  BatchOptions batch;
  batch.threads = options.threads > 0 ? options.threads : usable_threads();
  batch.memory_bytes = options.memory_bytes > 0 ? options.memory_bytes : usable_memory_bytes() / 2;
  batch.step_rows = options.step_rows;
  batch.kernels = options.kernels;
  return batch;
}

}  // namespace headrace
