#pragma once

/// Carries columns and batches to and from other libraries by the Arrow C Data Interface, without copying and without
/// Arrow's library.
///
/// The two structs below are the published ABI; the guard lets this header meet others that declare them. A struct that
/// was exported owns a share of the buffers until its consumer calls `release`; importing takes the struct over (it is
/// left released) and the column keeps it alive as long as any copy of the column lives.
///
/// Only the canonical types cross: bool (b), int64 (l), double (g), utf8 (u), timestamp in microseconds (tsu:ZONE), and
/// lists (+l) of them; a batch is a struct (+s) of columns.
///
/// Thread-safe: the functions share nothing, and the last owner may release on any thread.

#include "base/result.h"
#include "data/column.h"

#include <cstdint>
#include <string>
#include <vector>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_DATA_INTERFACE

namespace headrace {

/// Fills the structs, which must not own anything; the caller (or whoever takes them over) releases them.
void export_type(const Type& type, const std::string& name, ArrowSchema* schema);
void export_column(const Column& column, ArrowArray* array);

/// Fills the structs with a struct array whose children are the batch's columns.
/// REQUIRES: names.size() == batch.columns.size().
void export_batch(const Batch& batch, const std::vector<std::string>& names, ArrowArray* array, ArrowSchema* schema);

/// Reads a type; an error names a format that is not canonical.
Result<Type> import_type(const ArrowSchema& schema);

/// Takes the array over, also when it fails. The schema stays the caller's.
Result<Column> import_column(ArrowArray* array, const ArrowSchema& schema);

/// A batch with the names of its columns.
struct NamedBatch {
  std::vector<std::string> names;
  Batch batch;
};

/// Takes a struct array without nulls at its top level over, also when it fails.
Result<NamedBatch> import_batch(ArrowArray* array, const ArrowSchema& schema);

}  // namespace headrace
