/// The events of files, for parity.

#include "base/check.h"
#include "base/file_system.h"
#include "base/random_name.h"
#include "data/json/json_node.h"
#include "io/open_source.h"
#include "session/parity/parity_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace headrace {
namespace {

/// The file that bad rows are set aside in, which ends with this.
class ScratchFile {
 public:
  ScratchFile() {
    std::error_code ignored;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(ignored);
    path_ = (folder / fmt::format("headrace-parity-{}.ndjson", random_name())).string();
  }
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void keep_rows(const Batch& batch, const KeyFilter& filter, ParitySource& into) {
  std::vector<int64_t> rows;
  std::vector<std::string> keys;
  for (int64_t row = 0; row < batch.rows; ++row) {
    std::string key = key_text_of(batch, into.request.key_count, row);
    if (!filter(key)) continue;
    rows.push_back(row);
    keys.push_back(std::move(key));
  }
  const std::shared_ptr<const Batch> kept = kept_rows(into.request, batch, rows);
  const int64_t* times = kept->columns[into.request.time_column()].int64s();
  for (size_t i = 0; i < keys.size(); ++i) {
    into.events[keys[i]].push_back({.batch = kept, .row = static_cast<int64_t>(i), .time = {times[i]}});
  }
  into.count += batch.rows;
}

/// What was set aside, with the records.
Status read_bad_rows(const std::string& path, ParityEvents& events) {
  ASSIGN_OR_RETURN(const bool is_there, real_file_system().exists(path));
  if (!is_there) return {};
  ASSIGN_OR_RETURN(const std::string text, real_file_system().read_file(path));
  for (const std::string_view line : json_lines_of(text)) {
    const std::optional<JsonDocument> document = JsonDocument::parse(line);
    if (!document) continue;
    const auto member = [&](std::string_view name) {
      const std::optional<JsonNode> node = document->root().member(name);
      return node ? node->as_text().value_or("") : std::string();
    };
    if (member("effect") != "row left out") continue;
    const auto source = std::ranges::find(events.sources, member("source"), &ParitySource::name);
    if (source == events.sources.end() || source->bad.size() >= ParitySource::kBadRowsMax) continue;
    source->bad.push_back({.record = member("record"), .problem = member("problem")});
  }
  return {};
}

}  // namespace

Result<ParityEvents> events_of_files(const Session& session, const Plan& plan, size_t entity, const KeyFilter& filter) {
  ParityEvents out = parity_events_of(plan, entity);
  const ScratchFile scratch;
  ASSIGN_OR_RETURN(const std::unique_ptr<BadRows> bad_rows, BadRows::create(BadRowPolicy::kSkip, scratch.path()));
  for (ParitySource& into : out.sources) {
    const auto definition = std::ranges::find(plan.sources, into.name, &PlanSource::name);
    CHECK(definition != plan.sources.end());
    if (!definition->batch) continue;

    ASSIGN_OR_RETURN(const PlanSource located, session.places().located(*definition));
    ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> files,
                     open_source(located, session.places().folder(), into.request, {.bad_rows = bad_rows.get()}));
    for (size_t unit = 0; unit < files->units().size(); ++unit) {
      RETURN_IF_ERROR(files->read(unit, [&](const Batch& batch) -> Status {
        keep_rows(batch, filter, into);
        return {};
      }));
    }
  }
  RETURN_IF_ERROR(bad_rows->finish());
  RETURN_IF_ERROR(read_bad_rows(scratch.path(), out));
  return out;
}

}  // namespace headrace
