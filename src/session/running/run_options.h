#pragma once

/// How much of the machine a job may take.

#include "engine/batch/batch.h"

#include <cstdint>

namespace headrace {

struct RunOptions {
  int threads = 0;           // 0: all that this process may use
  int64_t memory_bytes = 0;  // 0: half of what this process may use
  bool is_metered = false;   // the report tells what each feature took
  // For tests.
  int64_t step_rows = 0;  // 0: the engine's choice
  KernelChoice kernels = KernelChoice::kSliding;
};

/// The engine's options, with defaults of this machine filled in.
BatchOptions batch_options(const RunOptions& options);

}  // namespace headrace
