#pragma once

/// The states of an entity after all events of files before a time, as a stream can go on from them: how a stream is filled.
///
/// They are what a backfill has in memory when it has come there, from the same steps and partitions; so values of the stream
/// have the bits of a backfill over the same events and those that the stream was given after. Events that no window at the
/// time or later reaches are not read, where the files say which those are.

#include "engine/batch/batch.h"
#include "engine/stream/stored_stream.h"

#include <vector>

namespace headrace {

/// `features`: those of the stream. Options are those of a backfill; states that do not fit into half of the memory are an
/// Error, for a stream has them in memory. REQUIRES: `end` is a time of an event, no infinity.
Result<StoredStream> settled_states(const Plan& plan, size_t entity, const std::vector<size_t>& features,
                                    const OpenSources& sources, int64_t end, const BatchOptions& options,
                                    BatchProgress* progress);

}  // namespace headrace
