#pragma once

/// Arrow tables to and from Python by the Arrow PyCapsule interface, without an Arrow library.
///
/// A capsule owns its struct until its consumer moves it out (sets `release` to null); what nobody took is released with
/// the capsule. All functions need the interpreter's lock; the batches behind them do not.

#include "data/c_data.h"

#include <nanobind/nanobind.h>

#include <map>
#include <string>
#include <vector>

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

extern "C" {

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_STREAM_INTERFACE

namespace headrace {

/// Owns a stream until it is moved on with `take`.
class OwnedStream {
 public:
  explicit OwnedStream(ArrowArrayStream stream) : stream_(stream) {}
  OwnedStream(OwnedStream&& other) noexcept : stream_(other.stream_) { other.stream_.release = nullptr; }
  OwnedStream& operator=(OwnedStream&&) = delete;
  ~OwnedStream() {
    if (stream_.release != nullptr) stream_.release(&stream_);
  }

  ArrowArrayStream* get() { return &stream_; }

 private:
  ArrowArrayStream stream_;
};

/// The stream of a capsule named `arrow_array_stream`, or of an object that has `__arrow_c_stream__`, or the one batch of
/// an object that has `__arrow_c_array__`. Throws TypeError for others.
OwnedStream stream_of(nanobind::handle table);

/// A table in one piece that Python hands on: `__arrow_c_array__`, `__arrow_c_stream__`, `__arrow_c_schema__`; and, where
/// no library for that is at hand, `to_pydict`.
struct ArrowBatch {
  std::vector<std::string> names;
  Batch batch;
  std::map<std::string, int64_t> statistics;
};

/// Binds ArrowBatch as a class of the module.
void bind_arrow_batch(nanobind::module_& module);

}  // namespace headrace
