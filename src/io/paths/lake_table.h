#pragma once

/// Folders of table formats: what is in them is said by a log, so that reading all their files gives rows that were
/// deleted and rows twice.

#include <optional>
#include <string>
#include <string_view>

namespace headrace {

enum class LakeFormat { kDelta, kIceberg, kHudi };
/// "Delta", "Iceberg", "Hudi".
std::string_view to_string(LakeFormat format);

struct LakeTable {
  LakeFormat format = LakeFormat::kDelta;
  std::string folder;
};

/// The table that a file or folder of this path is the log of, or lies in the log of: `T/_delta_log`, `T/.hoodie`,
/// `T/metadata/NAME.metadata.json`.
std::optional<LakeTable> table_of_log(std::string_view path);

}  // namespace headrace
