#include "session/running/read_inputs.h"

#include "base/file_system.h"
#include "io/remote/object_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace headrace {

Result<std::vector<ManifestInput>> inputs_of(const FileSource& source) {
  std::vector<ManifestInput> inputs;
  for (const InputFile& file : source.input_files()) {
    if (is_remote(file.path)) {
      inputs.push_back({.path = file.shown, .bytes = file.bytes, .modified_us = file.modified_us});
      continue;
    }
    ASSIGN_OR_RETURN(const FileInfo info, real_file_system().info(file.path));
    inputs.push_back({file.shown, info.bytes, info.modified_us, info.changed_us, info.inode});
  }
  return inputs;
}

std::string reading_of(const PlanSource& source) {
  if (!source.batch) return {};
  const TextForm& form = source.batch->text;
  if (form == TextForm() && source.batch->constants.empty()) return {};
  return fmt::format("{} {} {} {} {} {} {} {} {} {};", source.name, int{form.delimiter}, form.decimal, int{form.quote},
                     form.has_header, form.header, to_string(form.encoding), form.nulls, form.time_format,
                     source.batch->constants);
}

}  // namespace headrace
