#include "session/generated/files_of_sources.h"

#include "io/input_files.h"
#include "io/remote/object_store.h"

#include <fmt/format.h>

namespace headrace {

Result<std::map<std::string, SourceFiles>> files_of_sources(const Session& session, const Plan& plan) {
  std::map<std::string, SourceFiles> all;
  for (const PlanSource& source : plan.sources) {
    if (!source.batch || is_remote(source.batch->path)) continue;
    const Result<InputFiles> found = find_input_files(source.batch->path, session.folder(), source.batch->format);
    if (!found && found.error().kind() == ErrorKind::kEnvironment) continue;
    if (!found) return found.error().with_context(fmt::format("source `{}`", source.name));
    SourceFiles files;
    for (const InputFile& file : found->files) {
      const bool is_text_of_nothing = file.bytes == 0 && source.batch->format != FileFormat::kParquet;
      if (!is_text_of_nothing) files.paths.push_back(file.shown);
      if (found->is_of_folder && !file.is_by_link) ++files.in_folder;
    }
    if (!files.paths.empty()) all[source.name] = std::move(files);
  }
  return all;
}

}  // namespace headrace
