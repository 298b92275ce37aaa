#include "io/arrow/status.h"
#include "io/parquet/parquet_reader.h"
#include "io/tables/delta_state.h"

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

namespace headrace {
namespace {

/// Text, or a number as text; nothing for null and for an array that is not there.
std::optional<std::string> text_at(const std::shared_ptr<arrow::Array>& array, int64_t row) {
  if (array == nullptr || array->IsNull(row)) return std::nullopt;
  const auto scalar = array->GetScalar(row);
  return scalar.ok() ? std::optional((*scalar)->ToString()) : std::nullopt;
}

const arrow::StructArray* struct_of(const std::shared_ptr<arrow::Array>& array) {
  return array != nullptr && array->type_id() == arrow::Type::STRUCT
             ? static_cast<const arrow::StructArray*>(array.get())
             : nullptr;
}

/// The pairs of a map of texts.
std::vector<HivePartition> pairs_at(const std::shared_ptr<arrow::Array>& array, int64_t row) {
  std::vector<HivePartition> pairs;
  if (array == nullptr || array->type_id() != arrow::Type::MAP || array->IsNull(row)) return pairs;
  const auto& map = static_cast<const arrow::MapArray&>(*array);
  for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
    std::optional<std::string> value = text_at(map.items(), i);
    if (value && value->empty()) value = std::nullopt;
    pairs.push_back({text_at(map.keys(), i).value_or(""), std::move(value)});
  }
  return pairs;
}

DeletionVector deletion_vector_at(const std::shared_ptr<arrow::Array>& array, int64_t row) {
  const arrow::StructArray* vector = struct_of(array);
  if (vector == nullptr || vector->IsNull(row)) return {};
  std::string text;
  for (const char* name : {"storageType", "pathOrInlineDv", "offset"}) {
    text += text_at(vector->GetFieldByName(name), row).value_or("") + "|";
  }
  return text;
}

void take_files(const arrow::StructArray& add, DeltaState& state) {
  const auto paths = add.GetFieldByName("path");
  const auto partitions = add.GetFieldByName("partitionValues");
  const auto vectors = add.GetFieldByName("deletionVector");
  for (int64_t row = 0; row < add.length(); ++row) {
    if (add.IsNull(row)) continue;
    if (const auto path = text_at(paths, row)) {
      state.add(*path, deletion_vector_at(vectors, row), pairs_at(partitions, row));
    }
  }
}

void take_reader(const arrow::StructArray& protocol, DeltaState& state) {
  const auto versions = protocol.GetFieldByName("minReaderVersion");
  const auto lists = protocol.GetFieldByName("readerFeatures");
  for (int64_t row = 0; row < protocol.length(); ++row) {
    if (protocol.IsNull(row)) continue;
    std::set<std::string> features;
    if (lists != nullptr && lists->type_id() == arrow::Type::LIST && !lists->IsNull(row)) {
      const auto& list = static_cast<const arrow::ListArray&>(*lists);
      for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i)
        features.insert(text_at(list.values(), i).value_or(""));
    }
    const std::string version = text_at(versions, row).value_or("0");
    state.set_reader(std::strtoll(version.c_str(), nullptr, 10), std::move(features));
  }
}

void take_configuration(const arrow::StructArray& metadata, DeltaState& state) {
  const auto configurations = metadata.GetFieldByName("configuration");
  for (int64_t row = 0; row < metadata.length(); ++row) {
    if (metadata.IsNull(row)) continue;
    state.set_column_mapping("");
    for (const HivePartition& each : pairs_at(configurations, row)) {
      if (each.column == "delta.columnMapping.mode") state.set_column_mapping(each.value.value_or(""));
    }
  }
}

/// Statistics are most of a checkpoint, and are not needed.
std::vector<int> wanted_leaves(const parquet::SchemaDescriptor& schema) {
  std::vector<int> leaves;
  for (int i = 0; i < schema.num_columns(); ++i) {
    const std::string path = schema.Column(i)->path()->ToDotString();
    for (const std::string_view start :
         {"add.path", "add.partitionValues.", "add.deletionVector.", "protocol.minReaderVersion",
          "protocol.readerFeatures.", "metaData.configuration."}) {
      if (path == start || (start.ends_with('.') && path.starts_with(start))) leaves.push_back(i);
    }
  }
  return leaves;
}

}  // namespace

Status read_delta_checkpoint(const std::string& path, DeltaState& state) {
  const std::string context = fmt::format("cannot read the checkpoint `{}`", path);
  try {
    InputFile file;
    file.path = path;
    file.shown = path;
    ASSIGN_OR_RETURN(const auto reader, open_parquet_reader(file, nullptr));
    const std::vector<int> leaves = wanted_leaves(*reader->parquet_reader()->metadata()->schema());
    ASSIGN_OR_RETURN(const auto table, take_result(reader->ReadTable(leaves), context));
    const auto each_chunk = [&](const char* name, const auto& take) {
      const auto column = table->GetColumnByName(name);
      if (column == nullptr) return;
      for (const auto& chunk : column->chunks()) {
        if (const arrow::StructArray* action = struct_of(chunk)) take(*action, state);
      }
    };
    each_chunk("add", take_files);
    each_chunk("protocol", take_reader);
    each_chunk("metaData", take_configuration);
    return {};
  } catch (const std::exception& failure) {
    return Error::data(fmt::format("{}: {}", context, failure.what()));
  }
}

}  // namespace headrace
