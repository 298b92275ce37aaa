#include "io/paths/lake_table.h"

namespace headrace {
namespace {

/// What stands above a folder of this name in a path.
std::optional<std::string> folder_above(std::string_view path, std::string_view name) {
  for (size_t at = path.find(name); at != std::string_view::npos; at = path.find(name, at + 1)) {
    const size_t end = at + name.size();
    const bool is_whole = (at == 0 || path[at - 1] == '/') && (end == path.size() || path[end] == '/');
    if (is_whole) return at == 0 ? std::string(".") : std::string(path.substr(0, at - 1));
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(LakeFormat format) {
  switch (format) {
    case LakeFormat::kDelta: return "Delta";
    case LakeFormat::kIceberg: return "Iceberg";
    case LakeFormat::kHudi: return "Hudi";
  }
  return "";
}

std::optional<LakeTable> table_of_log(std::string_view path) {
  if (const auto folder = folder_above(path, "_delta_log")) return LakeTable{LakeFormat::kDelta, *folder};
  if (const auto folder = folder_above(path, ".hoodie")) return LakeTable{LakeFormat::kHudi, *folder};
  if (!path.ends_with(".metadata.json")) return std::nullopt;
  const auto folder = folder_above(path.substr(0, path.rfind('/')), "metadata");
  return folder ? std::optional(LakeTable{LakeFormat::kIceberg, *folder}) : std::nullopt;
}

}  // namespace headrace
