#include "session/jobs/stored_inputs.h"

#include "base/clock.h"
#include "base/file_system.h"
#include "io/remote/object_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {

Result<std::vector<ManifestInput>> inputs_of(const OpenedSources& opened) {
  std::vector<ManifestInput> inputs;
  int64_t newest_us = 0;
  for (const auto& [name, source] : opened.files()) {
    for (const InputFile& file : source->input_files()) {
      if (is_remote(file.path)) {
        inputs.push_back({.path = file.shown, .bytes = file.bytes, .modified_us = file.modified_us});
        continue;
      }
      ASSIGN_OR_RETURN(const FileInfo info, real_file_system().info(file.path));
      inputs.push_back({file.shown, info.bytes, info.modified_us, info.changed_us, info.inode});
      newest_us = std::max(newest_us, info.changed_us);
    }
  }
  wait_for_later_file_times(newest_us);
  return inputs;
}

std::string reading_of(const Plan& plan, const OpenedSources& opened) {
  std::string text;
  for (const PlanSource& source : plan.sources) {
    if (!source.batch || !opened.files().contains(source.name)) continue;
    const TextForm& form = source.batch->text;
    if (form == TextForm() && source.batch->constants.empty()) continue;
    text += fmt::format("{} {} {} {} {} {} {} {} {} {};", source.name, int{form.delimiter}, form.decimal,
                        int{form.quote}, form.has_header, form.header, to_string(form.encoding), form.nulls,
                        form.time_format, source.batch->constants);
  }
  return text;
}

std::vector<ManifestBadRows> bad_rows_of(const BadRows& bad_rows, const OpenedSources& opened) {
  std::vector<ManifestBadRows> found;
  for (const BadRowCount& each : bad_rows.counts()) {
    if (!opened.files().contains(each.source)) continue;
    found.push_back({each.source, each.column, each.problem, each.rows, each.cells});
  }
  return found;
}

}  // namespace headrace
