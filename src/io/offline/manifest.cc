#include "io/offline/manifest.h"

#include "base/seal.h"
#include "data/json/json_texts.h"
#include "io/offline/partitioning_json.h"

#include <fmt/format.h>

namespace headrace {

template <>
struct JsonWords<TableFormat> {
  static constexpr std::array all = {TableFormat::kParquet, TableFormat::kCsv, TableFormat::kNdjson};
};

namespace {

constexpr JsonAbout kCount = {.minimum = 0};

JsonAbout digest(std::string_view text) { return {.text = text, .pattern = "^[0-9a-f]+$"}; }

}  // namespace

template <typename Fields>
void describe(Fields& fields, const ManifestKey*) {
  fields.is_open();
  fields.required("name", &ManifestKey::name);
  fields.required("type", &ManifestKey::type);
}

template <typename Fields>
void describe(Fields& fields, const ManifestFeature*) {
  fields.is_open();
  fields.required("name", &ManifestFeature::name);
  fields.required("version", &ManifestFeature::version);
  fields.required("digest", &ManifestFeature::digest, digest("SHA-256 of the meaning"));
  fields.required("type", &ManifestFeature::type);
}

template <typename Fields>
void describe(Fields& fields, const ManifestInput*) {
  fields.is_open();
  fields.required("path", &ManifestInput::path);
  fields.required("bytes", &ManifestInput::bytes, kCount);
  fields.required("modified_us", &ManifestInput::modified_us, {.text = "change of the content, as the file says"});
  fields.required("changed_us", &ManifestInput::changed_us,
                  {.text = "change of content or attributes, as the system says; 0 for an object"});
  fields.required("inode", &ManifestInput::inode, {.text = "number in its file system; 0 for an object"});
}

template <typename Fields>
void describe(Fields& fields, const ManifestBadRows*) {
  fields.is_open();
  fields.required("source", &ManifestBadRows::source);
  fields.required("column", &ManifestBadRows::column, {.text = "empty: the syntax of the row"});
  fields.required("problem", &ManifestBadRows::problem);
  fields.required("rows", &ManifestBadRows::rows, kCount);
  fields.required("cells", &ManifestBadRows::cells, kCount);
}

template <typename Fields>
void describe(Fields& fields, const ManifestSource*) {
  fields.is_open();
  fields.required("source", &ManifestSource::source);
  fields.required("files", &ManifestSource::files, kCount);
  fields.required("left_out", &ManifestSource::left_out,
                  {.text = "files that were passed over: hidden, of another format, reached twice", .minimum = 0});
  fields.required("unverifiable", &ManifestSource::unverifiable,
                  {.text = "Parquet files that were read and whose pages have no checksums", .minimum = 0});
}

template <typename Fields>
void describe(Fields& fields, const ManifestRun*) {
  fields.name("run", "one backfill whose partitions the table holds");
  fields.is_open();
  fields.required("id", &ManifestRun::id, digest("of columns, request, inputs and format: equal ids, equal bytes"));
  fields.required("from", &ManifestRun::start, {.text = "first output instant, inclusive"});
  fields.required("to", &ManifestRun::end, {.text = "end of output instants, exclusive"});
  fields.required("every", &ManifestRun::every, {.text = "the step of the grid; null: a row at each event"});
  fields.required("inputs", &ManifestRun::inputs);
  fields.required("partitions", &ManifestRun::partitions,
                  {.text = "that it wrote; a later run may have replaced some", .minimum = 0});
  fields.required("rows", &ManifestRun::rows, kCount);
  fields.optional("bad_rows", &ManifestRun::bad_rows,
                  {.text = "what could not be read: rows that were left out, cells that were taken as null"});
  fields.optional("sources", &ManifestRun::sources, {.text = "how many files of each source there were"});
}

template <typename Fields>
void describe(Fields& fields, const ManifestPartition*) {
  fields.name("partition");
  fields.is_open();
  fields.required("day", &ManifestPartition::day, {.text = "the first one", .format = "date"});
  fields.required("file", &ManifestPartition::file, {.text = "path from the folder of the manifest"});
  fields.required("rows", &ManifestPartition::rows, kCount);
  fields.required("bytes", &ManifestPartition::bytes, kCount);
  fields.required("sha256", &ManifestPartition::sha256, digest("of the file"));
  fields.required("footer_sha256", &ManifestPartition::footer_sha256,
                  {.text = "of the footer of Parquet: the last bytes, as many as its length says and the eight behind "
                           "it; null for text"});
  fields.required("run", &ManifestPartition::run, digest(""));
}

template <typename Fields>
void describe(Fields& fields, const ManifestEntity*) {
  fields.name("entity");
  fields.is_open();
  fields.required("name", &ManifestEntity::name);
  fields.required("format", &ManifestEntity::format);
  fields.optional("partition", &ManifestEntity::partition, {.text = "how much time a file has; absent: a day"});
  fields.required("keys", &ManifestEntity::keys,
                  {.text = "the first columns; then follow event_time and the features"});
  fields.required("features", &ManifestEntity::features);
  fields.required("runs", &ManifestEntity::runs);
  fields.required("partitions", &ManifestEntity::partitions, {.text = "in order of day"});
}

template <typename Fields>
void describe(Fields& fields, const ManifestMeaning*) {
  fields.name("meaning");
  fields.is_open();
  fields.required("name", &ManifestMeaning::name);
  fields.required("version", &ManifestMeaning::version);
  fields.required("digest", &ManifestMeaning::digest, digest(""));
  fields.required("entity", &ManifestMeaning::entity);
  fields.required("meaning", &ManifestMeaning::meaning, {.text = "canonical text of the definition, for people"});
}

template <typename Fields>
void describe(Fields& fields, const Manifest*) {
  fields.is_open();
  fields.constant("format_version", kManifestFormatVersion);
  fields.required("headrace_version", &Manifest::headrace_version,
                  {.text = "the program that wrote the manifest last"});
  fields.optional("dev", &Manifest::is_dev,
                  {.text = "a store for exploring, in which a version may change its meaning; absent: it is none"});
  fields.required("entities", &Manifest::entities, {.text = "one table for each entity, in order of name"});
  fields.required("history", &Manifest::history,
                  {.text = "what each version of a feature means; a version never changes its digest"});
}

namespace {

/// What stands in the file: the seal is of the text, and no part of a manifest.
struct SealedManifest : Manifest {
  std::string digest;
};

template <typename Fields>
void describe(Fields& fields, const SealedManifest*) {
  describe(fields, static_cast<const Manifest*>(nullptr));
  fields.required("digest", &SealedManifest::digest,
                  {.text = "SHA-256 of all bytes of this text before the value; nothing but the end of the object "
                           "follows it",
                   .pattern = "^[0-9a-f]+$"});
}

constexpr std::string_view kDamagedRemedy =
    "restore the store from a copy, or remove its folder; the next backfill computes it again";
constexpr std::string_view kForeignRemedy = "choose another folder: this one is not an offline store";
constexpr std::string_view kPartName = "part-0.";

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// What is wrong with a partition's names; empty where nothing is.
std::string fault_of(const ManifestEntity& entity, const ManifestPartition& partition) {
  const std::optional<int64_t> day = parse_day(partition.day);
  if (!day || partition_start(entity.partition, *day) != *day) {
    return fmt::format("`day` cannot be `{}`", partition.day);
  }
  if (partition.file != partition_file(entity.name, entity.partition, partition.day, entity.format)) {
    return fmt::format("`file` cannot be `{}`", partition.file);
  }
  const bool has_digests = is_digest(partition.sha256) && is_digest(partition.footer_sha256.value_or(partition.sha256));
  return has_digests ? "" : fmt::format("a digest of `{}` is no SHA-256", partition.file);
}

/// The same of all names, so that none leads elsewhere.
std::string fault_of(const Manifest& manifest) {
  for (const ManifestEntity& entity : manifest.entities) {
    const bool is_name = is_plain_path(entity.name) && entity.name.find('/') == std::string::npos;
    if (!is_name) return fmt::format("`name` cannot be `{}`", entity.name);
    for (const ManifestPartition& partition : entity.partitions) {
      std::string fault = fault_of(entity, partition);
      if (!fault.empty()) return fault;
    }
  }
  return "";
}

Error damaged(std::string message) { return Error::data(std::move(message)).with_help(std::string(kDamagedRemedy)); }

}  // namespace

const ManifestEntity* Manifest::find_entity(std::string_view name) const {
  for (const ManifestEntity& entity : entities) {
    if (entity.name == name) return &entity;
  }
  return nullptr;
}

std::string to_json(const Manifest& manifest) { return sealed(json_document(manifest)); }

std::string partition_file(std::string_view entity, Partitioning partitioning, std::string_view day,
                           TableFormat format) {
  return fmt::format("{}/{}/{}{}", entity, partition_folder(partitioning, day), kPartName, to_string(format));
}

bool is_partition_file(std::string_view file) {
  const size_t first = file.find('/'), last = file.rfind('/');
  if (!is_plain_path(file) || first == last) return false;
  const std::string_view folder = file.substr(first + 1, last - first - 1), name = file.substr(last + 1);
  if (!is_partition_folder(folder)) return false;
  return name.starts_with(kPartName) && table_format_from_string(name.substr(kPartName.size())).has_value();
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& path) {
  const std::optional<JsonDocument> document = JsonDocument::parse(text);
  if (!document || !document->root().is_object()) return damaged(path + " is not JSON: the manifest is damaged");
  const auto version = document->root().member("format_version");
  if (!version || !document->root().member("headrace_version")) {
    return Error::data(path + " is no manifest of an offline store").with_help(std::string(kForeignRemedy));
  }

  // Of other formats this program does not know how they are sealed.
  const int64_t format = version->as_integer().value_or(kManifestFormatVersion);
  if (format > kManifestFormatVersion) {
    return Error::data(fmt::format("{} has format_version {}, and this headrace reads {} at most", path, format,
                                   kManifestFormatVersion))
        .with_help("it was written by a newer headrace: upgrade this one, or write to another folder");
  }
  if (format < kManifestFormatVersion) {
    return Error::data(fmt::format("{} has format_version {}, which had no digests", path, format))
        .with_help("write to another folder, or remove this one: a backfill computes it again");
  }
  if (!is_whole(text)) return damaged(path + " is damaged: its digest is that of another text");

  std::string problem;
  std::optional<Manifest> manifest = read_json<Manifest>(document->root(), problem);
  if (manifest) problem = fault_of(*manifest);
  if (!problem.empty()) return damaged(fmt::format("{} is no manifest: {}", path, problem));
  return std::move(*manifest);
}

std::string manifest_json_schema() {
  JsonSchema schema = json_schema<SealedManifest>(
      "Headrace manifest of an offline store",
      "Lists the files that readers may trust. Readers ignore keys that they don't know and refuse a greater "
      "format_version.");
  return to_json(schema);
}

}  // namespace headrace
