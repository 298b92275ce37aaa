#pragma once

/// Arrow tables to and from Python by the Arrow PyCapsule interface, without an Arrow library.
///
/// A capsule owns its struct until its consumer moves it out (sets `release` to null); what nobody took is released
/// with the capsule. All functions need the interpreter's lock; the batches behind them do not.

#include "binding/arrow_tables.h"

#include <nanobind/nanobind.h>

namespace headrace {

/// The stream of a capsule named `arrow_array_stream`, or of an object that has `__arrow_c_stream__`, or the one batch
/// of an object that has `__arrow_c_array__`. Throws TypeError for others.
OwnedStream stream_of(nanobind::handle table);

/// Binds ArrowBatch as a class of the module.
void bind_arrow_batch(nanobind::module_& module);

}  // namespace headrace
