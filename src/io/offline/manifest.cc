#include "io/offline/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kRemedy =
    "remove the file to start this store anew; the next backfill writes all partitions again";

template <typename T>
Json time_or_null(const std::optional<T>& time) {
  return time ? Json(to_string(*time)) : Json();
}

Json write_run(const ManifestRun& run) {
  Json inputs = Json::array();
  for (const ManifestInput& input : run.inputs) {
    inputs.push_back({{"path", input.path}, {"bytes", input.bytes}, {"modified_us", input.modified_us}});
  }
  return {{"id", run.id},
          {"from", time_or_null(run.start)},
          {"to", time_or_null(run.end)},
          {"every", time_or_null(run.every)},
          {"inputs", std::move(inputs)},
          {"partitions", run.partitions},
          {"rows", run.rows}};
}

Json write_entity(const ManifestEntity& entity) {
  Json keys = Json::array(), features = Json::array(), runs = Json::array(), partitions = Json::array();
  for (const ManifestKey& key : entity.keys) keys.push_back({{"name", key.name}, {"type", to_string(key.type)}});
  for (const ManifestFeature& feature : entity.features) {
    features.push_back({{"name", feature.name},
                        {"version", feature.version},
                        {"digest", feature.digest},
                        {"type", to_string(feature.type)}});
  }
  for (const ManifestRun& run : entity.runs) runs.push_back(write_run(run));
  for (const ManifestPartition& partition : entity.partitions) {
    partitions.push_back({{"day", partition.day},
                          {"file", partition.file},
                          {"rows", partition.rows},
                          {"bytes", partition.bytes},
                          {"run", partition.run}});
  }
  return {{"name", entity.name},     {"format", to_string(entity.format)},
          {"keys", std::move(keys)}, {"features", std::move(features)},
          {"runs", std::move(runs)}, {"partitions", std::move(partitions)}};
}

/// Thrown and caught in this file only, with what is wrong at which place.
struct Malformed {
  std::string what;
};

const Json& member(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) throw Malformed{fmt::format("`{}` is missing", name)};
  return object.at(name);
}

std::string text_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (!value.is_string()) throw Malformed{fmt::format("`{}` is not a text", name)};
  return value.get<std::string>();
}

int64_t integer_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (!value.is_number_integer()) throw Malformed{fmt::format("`{}` is not an integer", name)};
  return value.get<int64_t>();
}

const Json& array_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (!value.is_array()) throw Malformed{fmt::format("`{}` is not an array", name)};
  return value;
}

/// A text that `parse` understands, or null.
template <typename Parse>
auto parsed_or_null(const Json& object, const char* name, Parse parse) -> decltype(parse("")) {
  if (member(object, name).is_null()) return std::nullopt;
  const std::string text = text_of(object, name);
  auto value = parse(text);
  if (!value) throw Malformed{fmt::format("`{}` cannot be `{}`", name, text)};
  return value;
}

Type type_of(const Json& object) {
  constexpr std::string_view kListOf = "list of ";
  std::string text = text_of(object, "type");
  const bool is_list = text.starts_with(kListOf);
  const auto scalar = column_type_from_string(is_list ? text.substr(kListOf.size()) : text);
  if (!scalar) throw Malformed{fmt::format("`type` cannot be `{}`", text)};
  return {*scalar, is_list};
}

ManifestRun read_run(const Json& json) {
  ManifestRun run;
  run.id = text_of(json, "id");
  run.start = parsed_or_null(json, "from", parse_timestamp);
  run.end = parsed_or_null(json, "to", parse_timestamp);
  run.every = parsed_or_null(json, "every", parse_duration);
  for (const Json& input : array_of(json, "inputs")) {
    run.inputs.push_back({text_of(input, "path"), integer_of(input, "bytes"), integer_of(input, "modified_us")});
  }
  run.partitions = integer_of(json, "partitions");
  run.rows = integer_of(json, "rows");
  return run;
}

/// A file of the manifest lies inside the store.
std::string file_of(const Json& json) {
  std::string file = text_of(json, "file");
  if (file.empty() || file.front() == '/' || ("/" + file + "/").find("/../") != std::string::npos) {
    throw Malformed{fmt::format("`file` cannot be `{}`", file)};
  }
  return file;
}

ManifestEntity read_entity(const Json& json) {
  ManifestEntity entity;
  entity.name = text_of(json, "name");
  const auto format = table_format_from_string(text_of(json, "format"));
  if (!format) throw Malformed{fmt::format("`format` cannot be `{}`", text_of(json, "format"))};
  entity.format = *format;
  for (const Json& key : array_of(json, "keys")) entity.keys.push_back({text_of(key, "name"), type_of(key).scalar});
  for (const Json& feature : array_of(json, "features")) {
    entity.features.push_back(
        {text_of(feature, "name"), text_of(feature, "version"), text_of(feature, "digest"), type_of(feature)});
  }
  for (const Json& run : array_of(json, "runs")) entity.runs.push_back(read_run(run));
  for (const Json& partition : array_of(json, "partitions")) {
    entity.partitions.push_back({text_of(partition, "day"), file_of(partition), integer_of(partition, "rows"),
                                 integer_of(partition, "bytes"), text_of(partition, "run")});
  }
  return entity;
}

Manifest read_manifest(const Json& json) {
  Manifest manifest;
  manifest.headrace_version = text_of(json, "headrace_version");
  for (const Json& entity : array_of(json, "entities")) manifest.entities.push_back(read_entity(entity));
  for (const Json& meaning : array_of(json, "history")) {
    manifest.history.push_back({text_of(meaning, "name"), text_of(meaning, "version"), text_of(meaning, "digest"),
                                text_of(meaning, "entity"), text_of(meaning, "meaning")});
  }
  return manifest;
}

}  // namespace

const ManifestEntity* Manifest::find_entity(std::string_view name) const {
  for (const ManifestEntity& entity : entities) {
    if (entity.name == name) return &entity;
  }
  return nullptr;
}

std::string to_json(const Manifest& manifest) {
  Json entities = Json::array(), history = Json::array();
  for (const ManifestEntity& entity : manifest.entities) entities.push_back(write_entity(entity));
  for (const ManifestMeaning& meaning : manifest.history) {
    history.push_back({{"name", meaning.name},
                       {"version", meaning.version},
                       {"digest", meaning.digest},
                       {"entity", meaning.entity},
                       {"meaning", meaning.meaning}});
  }
  const Json json = {{"format_version", kManifestFormatVersion},
                     {"headrace_version", manifest.headrace_version},
                     {"entities", std::move(entities)},
                     {"history", std::move(history)}};
  // Paths may hold bytes that are not UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& path) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return Error::data(fmt::format("{} is not JSON: the manifest is damaged", path)).with_help(std::string(kRemedy));
  }
  try {
    const int64_t version = integer_of(json, "format_version");
    if (version > kManifestFormatVersion) {
      return Error::data(fmt::format("{} has format_version {}, and this headrace reads {} at most", path, version,
                                     kManifestFormatVersion))
          .with_help("it was written by a newer headrace: upgrade this one, or write to another folder");
    }
    return read_manifest(json);
  } catch (const Malformed& malformed) {
    return Error::data(fmt::format("{} is no manifest: {}", path, malformed.what)).with_help(std::string(kRemedy));
  } catch (const nlohmann::json::exception& exception) {
    return Error::data(fmt::format("{} is no manifest: {}", path, exception.what())).with_help(std::string(kRemedy));
  }
}

std::string format_day(int64_t day) {
  const CivilDate date = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

}  // namespace headrace
