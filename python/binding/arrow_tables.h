#pragma once

/// Tables on their way from and to other libraries: a stream of the Arrow C interface that we own, and a batch of ours.

#include "data/c_data.h"

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

/// A table in one piece that Python hands on: `__arrow_c_array__`, `__arrow_c_stream__`, `__arrow_c_schema__`; and,
/// where no library for that is at hand, `to_pydict`.
struct ArrowBatch {
  std::vector<std::string> names;
  Batch batch;
  std::map<std::string, int64_t> statistics;
};

}  // namespace headrace
