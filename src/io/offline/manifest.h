#pragma once

/// manifest.json: what an offline store holds. Readers trust only the files that it lists.
///
/// One manifest stands in the store's folder for all entities, so that it changes in one step. It has nothing of the
/// clock in it: the same work over the same files gives the same manifest. It is sealed (base/seal.h), and has digests of
/// each file and of its footer, so that any changed byte of a store is found. Its names lead to nothing but partitions.
///
///   OUT/manifest.json
///   OUT/ENTITY/day=2024-03-01/part-0.parquet      or month=2024-03, year=2024

#include "base/file_system.h"
#include "base/result.h"
#include "data/time.h"
#include "data/type.h"
#include "io/offline/partitioning.h"
#include "io/write/table_format.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

inline constexpr int kManifestFormatVersion = 2;

/// A column of a stored table that is a key.
struct ManifestKey {
  std::string name;
  ScalarType type = ScalarType::kNull;
  friend bool operator==(const ManifestKey&, const ManifestKey&) = default;
};

/// A column of a stored table that is a feature.
struct ManifestFeature {
  std::string name;
  std::string version;
  std::string digest;  // of the meaning (language, section 8)
  Type type;
  friend bool operator==(const ManifestFeature&, const ManifestFeature&) = default;
};

/// A file that was read.
struct ManifestInput {
  std::string path;
  int64_t bytes = 0;
  int64_t modified_us = 0;  // of the content, as somebody may have set it
  int64_t changed_us = 0;   // of content or attributes, as only the system sets it; 0: of an object
  int64_t inode = 0;        // 0: of an object
  friend bool operator==(const ManifestInput&, const ManifestInput&) = default;
};

/// What a run could not read in a column of a source: rows that it left out, cells that it took as null.
struct ManifestBadRows {
  std::string source;
  std::string column;  // empty: the syntax of the row
  std::string problem;
  int64_t rows = 0;
  int64_t cells = 0;
  friend bool operator==(const ManifestBadRows&, const ManifestBadRows&) = default;
};

/// The files of a source in a run.
struct ManifestSource {
  std::string source;
  int64_t files = 0;
  int64_t left_out = 0;      // hidden, of another format, or reached twice: not read
  int64_t unverifiable = 0;  // Parquet files that were read and whose pages have no checksums
  friend bool operator==(const ManifestSource&, const ManifestSource&) = default;
};

/// One backfill whose partitions the store holds.
struct ManifestRun {
  std::string id;  // digest of all that the rows follow from: columns, request, inputs, format
  std::optional<EventTime> start, end;
  std::optional<Duration> every;
  std::vector<ManifestInput> inputs;
  int64_t partitions = 0;  // that it wrote; a later run may have replaced some
  int64_t rows = 0;
  std::vector<ManifestBadRows> bad_rows;  // none: all was read
  std::vector<ManifestSource> sources;    // in order of name
  friend bool operator==(const ManifestRun&, const ManifestRun&) = default;
};

struct ManifestPartition {
  std::string day;   // the first one: "2024-03-01"
  std::string file;  // from the store's folder: "pump/day=2024-03-01/part-0.parquet"
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string sha256;                        // of the file
  std::optional<std::string> footer_sha256;  // of Parquet: of all that stands behind the last column
  std::string run;                           // the id of the run that wrote it
  friend bool operator==(const ManifestPartition&, const ManifestPartition&) = default;
};

/// The table of one entity.
struct ManifestEntity {
  std::string name;
  TableFormat format = TableFormat::kParquet;
  Partitioning partition = Partitioning::kDay;
  std::vector<ManifestKey> keys;
  std::vector<ManifestFeature> features;
  std::vector<ManifestRun> runs;              // in order of id; each has a partition, or none were written
  std::vector<ManifestPartition> partitions;  // in order of day
  friend bool operator==(const ManifestEntity&, const ManifestEntity&) = default;
};

/// What a version of a feature meant when its values were kept; never forgotten, unless the store is for exploring.
struct ManifestMeaning {
  std::string name;
  std::string version;
  std::string digest;
  std::string entity;
  std::string meaning;  // canonical text, for people
  friend bool operator==(const ManifestMeaning&, const ManifestMeaning&) = default;
};

struct Manifest {
  std::string headrace_version;
  std::vector<ManifestEntity> entities;  // in order of name
  std::vector<ManifestMeaning> history;  // in order of (name, version)
  bool is_dev = false;                   // a store for exploring: its versions mean nothing
  friend bool operator==(const Manifest&, const Manifest&) = default;

  const ManifestEntity* find_entity(std::string_view name) const;
};

/// "pump/day=2024-03-01/part-0.parquet": the only name that a partition may have. `day`: its first one.
std::string partition_file(std::string_view entity, Partitioning partitioning, std::string_view day,
                           TableFormat format);

/// Is it the name of a partition of some entity and time?
bool is_partition_file(std::string_view file);

/// Same manifest, same text.
std::string to_json(const Manifest& manifest);

/// `path` is for messages. Text that is no manifest, a damaged one, and one of another format is an Error of the data.
Result<Manifest> parse_manifest(std::string_view text, const std::string& path);

/// The JSON Schema of manifest.json.
std::string manifest_json_schema();

}  // namespace headrace
