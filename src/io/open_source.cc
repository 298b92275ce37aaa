#include "io/open_source.h"

#include "io/csv/csv_source.h"
#include "io/held_files.h"
#include "io/json/ndjson_source.h"
#include "io/parquet/parquet_source.h"
#include "io/tables/input_files.h"

#include <fmt/format.h>

namespace headrace {

Result<std::unique_ptr<FileSource>> open_source(const PlanSource& definition, const std::string& project_folder,
                                                const SourceRequest& request, const ReadOptions& options) {
  if (!definition.batch.has_value()) {
    return Error::data(fmt::format("source `{}` has no `batch` location to read from", definition.name))
        .with_help("add `batch: {format: parquet, path: ...}` to the source");
  }
  const std::string context = fmt::format("source `{}`", definition.name);
  const FileFormat format = definition.batch->format;
  auto found = find_input_files(definition.batch->path, project_folder, format);
  if (!found.ok()) return found.error().with_context(context);
  for (InputFile& file : found->files) {
    // As if the outermost folder were called so.
    for (const auto& [column, value] : definition.batch->constants)
      file.partitions.insert(file.partitions.begin(), {column, value});
  }
  const auto held = HeldFiles::find(found->files);
  if (!held.ok()) return held.error().with_context(context);
  const auto open = [&]() {
    switch (format) {
      case FileFormat::kParquet:
        return open_parquet_source(definition, std::move(found->files), request, options.bad_rows);
      case FileFormat::kCsv: return open_csv_source(definition, std::move(found->files), request, options.bad_rows);
      case FileFormat::kNdjson: break;
    }
    return open_ndjson_source(definition, std::move(found->files), request, options.bad_rows);
  };
  auto source = open();
  if (!source.ok()) return source.error().with_context(context);
  (*source)->set_left_out(std::move(found->left_out));
  (*source)->set_about((*held)->has_dev() ? "of a store for exploring" : std::move(found->about));
  (*source)->set_check([held = *held](size_t file) { return held->check(file); });
  return source;
}

}  // namespace headrace
