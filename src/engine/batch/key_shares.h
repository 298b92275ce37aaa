#pragma once

/// Divides a run over the keys when the states of all do not fit into memory at once.

#include "base/result.h"
#include "engine/batch/batch.h"
#include "engine/rows/key_table.h"

#include <functional>

namespace headrace {

/// Computes the keys of one share; false: its states did not fit, so smaller shares may succeed.
using RunShare = std::function<Result<bool>(const KeyShare& share)>;

/// Calls `run` for all keys at once; then, as long as some share did not fit, for each of twice as many shares, from
/// the first on. What the shares of an attempt gave before one did not fit is given again by the next attempt, to the
/// same bits. During a call the key table numbers the keys of the share. Returns how many shares it took.
Result<uint32_t> for_each_share(const BatchOptions& options, KeyTable& keys, const RunShare& run);

/// For a display, where there is one.
void tell_share(BatchProgress* progress, const KeyShare& share);

}  // namespace headrace
