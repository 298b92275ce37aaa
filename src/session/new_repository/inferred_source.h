#pragma once

/// What a source of some files could be: looked at, not declared. For the definitions that `init` writes, which people
/// then correct.

#include "base/result.h"
#include "data/time.h"
#include "data/type.h"
#include "language/definitions/source_parts.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// Which columns are what, where it was said and need not be guessed.
struct InferenceHints {
  std::vector<std::string> keys;  // empty: guessed
  std::string event_time;         // empty: guessed
};

struct InferredSource {
  std::string name;  // an identifier, from the file or its folder
  FileFormat format = FileFormat::kParquet;
  std::string path;                // a file, or a glob for all files of a folder; as it was given
  std::vector<std::string> files;  // that were looked at
  TextForm text;                   // how they are written
  int64_t rows = 0;                // that were looked at
  bool is_whole = true;            // there are no others
  std::vector<std::string> keys;
  std::vector<ScalarType> key_types;
  int64_t key_count = 0;  // different keys
  std::string event_time;
  std::optional<TimeUnit> unit;
  Duration span;                                            // between the first and the last event
  std::vector<std::pair<std::string, ScalarType>> columns;  // that can be read, without event time, keys first
  std::vector<std::string> left_out;                        // nested, or of no type of ours
};

/// One source for each file, and one for the files of a folder that have the same columns. Reads the files.
/// A file in which no column says when, or none tells one thing from another, is an error that names its columns.
Result<std::vector<InferredSource>> infer_sources(const std::vector<std::string>& paths, const InferenceHints& hints);

}  // namespace headrace
