#include "io/tables/delta_log.h"

#include "data/json/json_node.h"
#include "io/remote/object_store.h"
#include "io/tables/delta_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace headrace {
namespace {

constexpr size_t kVersionDigits = 20;

/// What lies in `_delta_log`, by version.
struct LogFiles {
  std::map<int64_t, std::string> commits;
  std::map<int64_t, std::vector<std::string>> checkpoints;  // whole ones
  bool has_other_checkpoints = false;                       // of the second form
};

/// The version that a name begins with.
std::optional<int64_t> version_of(std::string_view name) {
  if (name.size() <= kVersionDigits || name[kVersionDigits] != '.') return std::nullopt;
  int64_t version = 0;
  const auto read = std::from_chars(name.data(), name.data() + kVersionDigits, version);
  return read.ptr == name.data() + kVersionDigits ? std::optional(version) : std::nullopt;
}

/// "0000000001.0000000003": how many parts a checkpoint has; 0: it is no part.
int64_t parts_of(std::string_view middle) {
  const size_t point = middle.find('.');
  int64_t parts = 0;
  if (point == std::string_view::npos) return 0;
  const auto read = std::from_chars(middle.data() + point + 1, middle.data() + middle.size(), parts);
  return read.ptr == middle.data() + middle.size() ? parts : 0;
}

LogFiles sort_log(const std::vector<std::string>& names) {
  LogFiles log;
  std::map<int64_t, std::vector<std::string>> parts;
  for (const std::string& name : names) {
    const auto version = version_of(name);
    if (!version) continue;
    const std::string_view rest = std::string_view(name).substr(kVersionDigits + 1);
    if (rest == "json") log.commits[*version] = name;
    if (rest == "checkpoint.parquet") log.checkpoints[*version] = {name};
    if (!rest.starts_with("checkpoint.") || rest == "checkpoint.parquet") continue;
    const std::string_view middle = rest.substr(11, rest.size() - 11 - std::min<size_t>(rest.size() - 11, 8));
    const int64_t count = rest.ends_with(".parquet") ? parts_of(middle) : 0;
    log.has_other_checkpoints |= count == 0;
    if (count == 0) continue;
    parts[*version].push_back(name);
    if (static_cast<int64_t>(parts[*version].size()) == count) log.checkpoints.try_emplace(*version, parts[*version]);
  }
  return log;
}

DeletionVector deletion_vector_of(const JsonNode& action) {
  const auto vector = action.member("deletionVector");
  if (!vector || !vector->is_object()) return {};
  std::string text;
  for (const char* name : {"storageType", "pathOrInlineDv", "offset"}) {
    const auto member = vector->member(name);
    text += member && !member->is_null() ? member->as_text().value_or(member->shown()) + "|" : "|";
  }
  return text;
}

std::vector<HivePartition> partitions_of_action(const JsonNode& add) {
  std::vector<HivePartition> partitions;
  const auto values = add.member("partitionValues");
  if (!values) return partitions;
  for (const auto& [column, value] : values->members()) {
    // No text is null too.
    std::optional<std::string> text = value.as_text();
    if (text && text->empty()) text = std::nullopt;
    partitions.push_back({column, std::move(text)});
  }
  return partitions;
}

void take_protocol(const JsonNode& protocol, DeltaState& state) {
  std::set<std::string> features;
  if (const auto names = protocol.member("readerFeatures")) {
    for (const JsonNode& each : names->elements()) features.insert(each.as_text().value_or(each.shown()));
  }
  const auto version = protocol.member("minReaderVersion");
  state.set_reader(version ? version->as_integer().value_or(0) : 1, std::move(features));
}

void take_metadata(const JsonNode& metadata, DeltaState& state) {
  const auto configuration = metadata.member("configuration");
  const auto mode = configuration ? configuration->member("delta.columnMapping.mode") : std::nullopt;
  state.set_column_mapping(mode ? mode->as_text().value_or("") : "");
}

/// One line of a commit is one action.
Status take_action(std::string_view line, const std::string& shown, DeltaState& state) {
  const auto document = JsonDocument::parse(line);
  if (!document || !document->root().is_object()) {
    return Error::data(fmt::format("`{}` is no commit of a Delta table: a line of it is no JSON object", shown));
  }
  const JsonNode action = document->root();
  for (const char* kind : {"add", "remove"}) {
    const auto file = action.member(kind);
    if (!file || file->is_null()) continue;
    const auto path = file->member("path");
    const auto text = path ? path->as_text() : std::nullopt;
    if (!text) return Error::data(fmt::format("`{}` names a file without its path", shown));
    if (kind == std::string_view("add")) {
      state.add(*text, deletion_vector_of(*file), partitions_of_action(*file));
    } else {
      state.remove(*text, deletion_vector_of(*file));
    }
  }
  if (const auto protocol = action.member("protocol"); protocol && protocol->is_object())
    take_protocol(*protocol, state);
  if (const auto metadata = action.member("metaData"); metadata && metadata->is_object())
    take_metadata(*metadata, state);
  return {};
}

Status read_commit(const std::string& path, const std::string& shown, DeltaState& state) {
  ASSIGN_OR_RETURN(const std::string text, file_system_of(path).read_file(path));
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = std::string_view(text).substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) RETURN_IF_ERROR(take_action(line, shown, state));
    start = end + 1;
  }
  return {};
}

}  // namespace

Result<DeltaVersion> read_delta_log(const std::string& folder, const std::string& shown) {
  const std::string log_folder = join_path(folder, "_delta_log");
  ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system_of(log_folder).list(log_folder));
  const LogFiles log = sort_log(names);
  if (log.commits.empty() && log.checkpoints.empty()) {
    return Error::data(fmt::format("`{}` is a Delta table whose log has no version", shown));
  }

  // The newest checkpoint, and the commits after it.
  DeltaState state(shown);
  int64_t version = -1;
  if (!log.checkpoints.empty()) {
    version = log.checkpoints.rbegin()->first;
    for (const std::string& name : log.checkpoints.rbegin()->second) {
      RETURN_IF_ERROR(read_delta_checkpoint(join_path(log_folder, name), state));
    }
  }
  for (const auto& [commit, name] : log.commits) {
    if (commit <= version) continue;
    if (commit != version + 1) {
      const std::string other = log.has_other_checkpoints ? "; checkpoints of its second form are not read" : "";
      return Error::data(fmt::format("`{}` is a Delta table whose log has no version {}, before version {}{}", shown,
                                     version + 1, commit, other));
    }
    RETURN_IF_ERROR(read_commit(join_path(log_folder, name), fmt::format("{}/_delta_log/{}", shown, name), state));
    version = commit;
  }
  return state.finish(version);
}

}  // namespace headrace
