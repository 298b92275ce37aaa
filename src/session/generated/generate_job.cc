#include "session/generated/generate_job.h"

#include "base/check.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/option_name.h"
#include "base/version.h"
#include "codegen/refusal_codes.h"
#include "data/json/json_form.h"
#include "session/generated/files_of_sources.h"
#include "session/project/feature_selection.h"
#include "session/project/project_files.h"
#include "session/project/written_paths.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>

namespace headrace {
namespace {

using Change = GenerateReport::File::Change;

constexpr char kListName[] = "generated.json";
constexpr int kListVersion = 1;

/// generated.json: what an earlier run wrote.
struct GeneratedList {
  std::string headrace;  // the version that wrote it
  std::string target;
  // What it was asked for (beside_defaults).
  std::string dialect = {};
  std::string engine = {};
  std::string offline = {};
  std::string views = {};
  std::string first_day = {};                                   // that an orchestrator computes
  std::vector<std::pair<std::string, std::string>> files = {};  // path and digest of the text
};

template <typename Fields>
void describe(Fields& fields, const GeneratedList*) {
  fields.constant("format_version", kListVersion);
  fields.optional("headrace", &GeneratedList::headrace);
  fields.required("target", &GeneratedList::target);
  fields.optional("dialect", &GeneratedList::dialect);
  fields.optional("engine", &GeneratedList::engine);
  fields.optional("offline", &GeneratedList::offline);
  fields.optional("views", &GeneratedList::views);
  fields.optional("first_day", &GeneratedList::first_day);
  fields.required("files", &GeneratedList::files);
}

/// generated.json is not ours.
Error no_list(const FileSystem& files, const std::string& why) {
  return Error::data(fmt::format("{} is not a list of generated files: {}", files.shown(kListName), why))
      .with_help("choose another folder");
}

/// What an earlier run wrote; nothing where there is no list. `files` are those below the output's folder. Every name is
/// judged before anything is touched.
Result<std::optional<GeneratedList>> load_list(FileSystem& files) {
  ASSIGN_OR_RETURN(const bool is_there, files.exists(kListName));
  if (!is_there) return std::optional<GeneratedList>();
  ASSIGN_OR_RETURN(const std::string text, files.read_file(kListName));
  const std::optional<JsonDocument> document = JsonDocument::parse(text);
  std::string problem = "it is no JSON";
  std::optional<GeneratedList> list = document ? read_json<GeneratedList>(document->root(), problem) : std::nullopt;
  if (!list) return no_list(files, problem);
  for (const auto& [name, digest] : list->files) {
    if (is_plain_path(name) && name != kListName) continue;
    return no_list(files, fmt::format("`{}` is none of its names", name));
  }
  return list;
}

/// The day that an earlier run into the folder wrote down, else today: it stays when code is generated again.
Result<std::string> first_day_of(const GenerateJob& job) {
  std::optional<GeneratedList> list;
  ASSIGN_OR_RETURN(const bool is_there, real_file_system().exists(job.output));
  if (is_there) {
    ASSIGN_OR_RETURN(const std::unique_ptr<FileSystem> files, real_file_system().below(job.output));
    ASSIGN_OR_RETURN(list, load_list(*files));
  }
  constexpr size_t kDayLength = std::string_view("2026-03-01").size();
  const bool is_day = list && list->first_day.size() == kDayLength && parse_timestamp(list->first_day);
  return is_day ? list->first_day : to_string(job.now).substr(0, kDayLength);
}

GeneratedList list_of(const GenerateJob& job, const GenerateChoices& choices) {
  const GenerateTarget* target = find_generate_target(job.target);
  CHECK(target != nullptr);
  const GenerateChoices marked = beside_defaults(*target, choices);
  return {.headrace = std::string(kVersion),
          .target = job.target,
          .dialect = marked.dialect,
          .engine = marked.engine,
          .offline = marked.offline,
          .views = marked.views};
}

/// "airflow with sql for bigquery", "feast over snowflake".
std::string described(const GeneratedList& list) {
  std::string out = list.target;
  if (!list.engine.empty()) out += " with " + list.engine;
  if (!list.dialect.empty()) out += " for " + list.dialect;
  if (!list.offline.empty()) out += " over " + list.offline;
  if (!list.views.empty()) out += " by " + list.views;
  return out;
}

/// Paths that an earlier run wrote, with the digests of their texts. Nothing where there is no list.
Result<std::map<std::string, std::string>> read_list(FileSystem& files, const GenerateJob& job,
                                                     const GeneratedList& now) {
  std::map<std::string, std::string> digests;
  ASSIGN_OR_RETURN(const std::optional<GeneratedList> list, load_list(files));
  if (!list) return digests;
  for (const auto& [name, digest] : list->files) digests[name] = digest;
  if (!job.overwrites_edits && described(*list) != described(now)) {
    return Error::conflict(
               fmt::format("{} holds a generated project of {}, which would be replaced", job.output, described(*list)))
        .with_help("choose another folder, or replace it with " + option(OptionName::kForce));
  }
  return digests;
}

std::string list_text(GeneratedList list, const GeneratedProject& project, const std::string& first_day) {
  if (list.target == "airflow") list.first_day = first_day;
  for (const GeneratedFile& file : project.files) list.files.emplace_back(file.path, sha256_hex(file.text));
  return json_document(list);
}

/// The digest of the file that is there under a path; nothing when none is.
Result<std::optional<std::string>> digest_there(FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  if (!is_there) return std::optional<std::string>();
  ASSIGN_OR_RETURN(const std::string text, files.read_file(path));
  return std::optional<std::string>(sha256_hex(text));
}

/// Files that are not as an earlier run left them and would be lost.
Status check_edits(FileSystem& files, const GenerateJob& job, const GeneratedProject& project,
                   const std::map<std::string, std::string>& listed) {
  std::vector<std::string> edited;
  std::set<std::string> paths;
  std::map<std::string_view, const GeneratedFile*> made;
  for (const GeneratedFile& file : project.files) {
    paths.insert(file.path);
    made.emplace(file.path, &file);
  }
  for (const auto& [path, digest] : listed) paths.insert(path);
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const auto there, digest_there(files, path));
    if (!there || job.overwrites_edits) continue;
    const auto before = listed.find(path);
    if (before != listed.end() && before->second == *there) continue;
    const auto now = made.find(path);
    if (now != made.end() && sha256_hex(now->second->text) == *there) continue;
    edited.push_back(path);
  }
  if (edited.empty()) return {};
  return Error::conflict(
             fmt::format("{} in {} would be lost: not as it was generated", fmt::join(edited, ", "), job.output))
      .with_help("move your changes into the definitions or another folder, or overwrite them with " +
                 option(OptionName::kForce));
}

/// Writes what is not there already.
Status put_files(FileSystem& files, const GeneratedProject& project, GenerateReport& report) {
  std::vector<WholeFile> changed;
  std::set<std::string> folders;
  for (const GeneratedFile& file : project.files) {
    ASSIGN_OR_RETURN(const auto there, digest_there(files, file.path));
    const bool is_changed = there != sha256_hex(file.text);
    if (is_changed) changed.push_back({file.path, file.text});
    if (is_changed) folders.insert(folder_of(file.path));
    report.files.push_back({file.path, is_changed ? Change::kWritten : Change::kUnchanged});
  }
  for (const std::string& folder : folders) RETURN_IF_ERROR(files.make_folders(folder));
  return write_files_atomically(files, changed);
}

/// The folder may lie where others write: nothing outside of it is touched, whatever its list and its links say.
Status write_project(const GenerateJob& job, const GeneratedProject& project, const std::string& first_day,
                     GenerateReport& report) {
  RETURN_IF_ERROR(real_file_system().make_folders(job.output));
  ASSIGN_OR_RETURN(const std::unique_ptr<FileSystem> files, real_file_system().below(job.output));
  const GeneratedList now = list_of(job, report.choices);
  ASSIGN_OR_RETURN(const auto listed, read_list(*files, job, now));
  RETURN_IF_ERROR(check_edits(*files, job, project, listed));
  RETURN_IF_ERROR(put_files(*files, project, report));

  std::set<std::string_view> made;
  for (const GeneratedFile& file : project.files) made.insert(file.path);
  for (const auto& [path, digest] : listed) {
    if (made.contains(path)) continue;
    ASSIGN_OR_RETURN(const bool is_there, files->exists(path));
    if (is_there) RETURN_IF_ERROR(files->remove(path));
    report.files.push_back({path, Change::kRemoved});
  }
  std::sort(report.files.begin(), report.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return write_file_atomically(*files, kListName, list_text(now, project, first_day));
}

/// Generated files must not become definitions, nor stand among the user's own.
Status check_place(const Session& session, const GenerateJob& job) {
  std::error_code code;
  const auto absolute = [&](const std::string& path) { return std::filesystem::weakly_canonical(path, code); };
  const std::filesystem::path place = absolute(job.output);
  const std::filesystem::path project = absolute(session.folder());
  for (std::filesystem::path at = place; at.has_relative_path(); at = at.parent_path()) {
    const bool is_place_of_definitions = at == project / "features" || at == project / "tests";
    if (!is_place_of_definitions && !(at == place && at == project)) continue;
    return Error::usage(
               fmt::format("{} is where definitions are; generated code wants a folder of its own", job.output))
        .with_help("for example " + option(OptionName::kOutput, "build/" + job.target));
  }
  return {};
}

}  // namespace

Diagnostic refusal_at(const Repository& repository, const Refusal& refusal) {
  const FeatureDefinition* feature = repository.find_feature(refusal.feature);
  CHECK(feature != nullptr);
  return refusal_diagnostic(refusal, feature->span);
}

Result<GenerateReport> generate(const Session& session, const GenerateJob& job) {
  const GenerateTarget* target = find_generate_target(job.target);
  if (target == nullptr) {
    std::vector<std::string> names;
    for (const GenerateTarget& each : generate_targets()) names.emplace_back(each.name);
    return Error::not_found(fmt::format("there is no target `{}`", job.target))
        .with_help(fmt::format("targets are {}", fmt::join(names, ", ")));
  }
  GenerateReport report;
  ASSIGN_OR_RETURN(report.choices, choices_of(*target, job.choices));
  RETURN_IF_ERROR(check_place(session, job));
  RETURN_IF_ERROR(
      read_paths(session).refuse({{job.output, OptionName::kOutput, WrittenKind::kSharedFolder, {kListName}}}));
  if (session.repository().features.empty()) {
    return Error::data("there are no features to generate").with_help("define one under features/");
  }

  ASSIGN_OR_RETURN(const std::vector<std::string> chosen,
                   select_features(session.repository(), job.features, job.excluded, DefaultFeatures::kOutputs));
  const std::unordered_set<std::string> named(chosen.begin(), chosen.end());
  ASSIGN_OR_RETURN(Plan as_written, session.plan(chosen, CheckNodes::kLeftOut));
  ASSIGN_OR_RETURN(const Plan plan, with_located_sources(std::move(as_written), session.places()));

  GeneratorInput input{.plan = plan, .outputs = {}, .definitions = {}};
  ASSIGN_OR_RETURN(input.files, files_of_sources(session, plan));
  input.definitions = by_paths_in_project(session.loaded().files);
  ASSIGN_OR_RETURN(input.first_day, first_day_of(job));
  for (size_t f = 0; f < plan.features.size(); ++f) {
    if (named.empty() || named.contains(plan.features[f].name)) input.outputs.push_back(f);
  }

  const GeneratedProject project = target->generate(input, report.choices);
  report.refusals = project.refusals;
  for (const Refusal& refusal : project.refusals) {
    Diagnostic diagnostic = refusal_at(session.repository(), refusal);
    if (job.skips_refused) diagnostic.severity = Severity::kWarning;
    report.diagnostics.add(std::move(diagnostic));
  }

  for (const size_t f : input.outputs) {
    const std::string& name = plan.features[f].name;
    const bool is_refused = std::any_of(project.refusals.begin(), project.refusals.end(),
                                        [&](const Refusal& each) { return each.feature == name; });
    if (!is_refused) report.features.push_back(name);
  }
  report.is_refused = !project.refusals.empty() && (!job.skips_refused || report.features.empty());
  if (!report.is_refused) RETURN_IF_ERROR(write_project(job, project, input.first_day, report));
  return report;
}

}  // namespace headrace
