#include "session/jobs/test_run.h"

#include "base/file_system.h"
#include "casefiles/stream_case_engine.h"
#include "io/files/bad_rows.h"
#include "language/load_repository.h"
#include "session/generated/generated_case_engine.h"
#include "session/project/project_files.h"
#include "session/project/session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace headrace {
namespace {

/// Opens each repository once.
class Surroundings {
 public:
  /// The repository that a file lies in; null when there is none.
  Result<const LoadedRepository*> of_file(const std::string& file) {
    const std::string project = find_project_of_file(file);
    if (project.empty()) return static_cast<const LoadedRepository*>(nullptr);
    const auto found = sessions_.find(project);
    if (found != sessions_.end()) return &found->second.loaded();
    ASSIGN_OR_RETURN(Session session, Session::open(project));
    return &sessions_.emplace(project, std::move(session)).first->second.loaded();
  }

 private:
  std::map<std::string, Session> sessions_;
};

/// The files to run: those named, a folder standing for all within it.
Result<std::vector<std::string>> case_files(const TestJob& job) {
  if (job.files.empty()) return list_case_files(path_below(job.project, "tests"));
  std::vector<std::string> files;
  for (const std::string& path : job.files) {
    ASSIGN_OR_RETURN(const FileInfo info, real_file_system().info(path));
    if (!info.is_folder) {
      files.push_back(path);
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> within, list_case_files(path));
    files.insert(files.end(), within.begin(), within.end());
  }
  return files;
}

Result<std::unique_ptr<CaseEngine>> make_engine(const std::string& name, const TestJob& job) {
  if (name == "batch") return std::unique_ptr<CaseEngine>(std::make_unique<BatchCaseEngine>(batch_options(job.run)));
  if (name == "stream" || name == "online") {
    const auto reads = name == "stream" ? StreamCaseEngine::Reads::kFinal : StreamCaseEngine::Reads::kLive;
    return std::unique_ptr<CaseEngine>(std::make_unique<StreamCaseEngine>(reads, batch_options(job.run).kernels));
  }
  const GenerateTarget* target = find_generate_target(name);
  if (target != nullptr && has_case_worker(*target)) {
    return std::unique_ptr<CaseEngine>(
        std::make_unique<GeneratedCaseEngine>(*target, GeneratedKernel::kOwn, job.python));
  }
  for (const GenerateTarget& each : generate_targets()) {
    if (each.native_engine.empty() || each.native_engine != name) continue;
    return std::unique_ptr<CaseEngine>(
        std::make_unique<GeneratedCaseEngine>(each, GeneratedKernel::kNative, job.python));
  }
  return Error::not_found(fmt::format("there is no engine `{}`", name))
      .with_help(fmt::format("engines are {}", fmt::join(case_engines(), ", ")));
}

/// Every engine passes over the same events, so those of one are enough.
Status set_aside(const CaseReport& report, BadRows& bad_rows) {
  for (const BadEvent& bad : report.bad_events) {
    RETURN_IF_ERROR(bad_rows.add(bad.source, {{report.file, bad.row, bad.span.line, bad.column, bad.problem, bad.value,
                                               bad.is_cell, bad.record}}));
  }
  return {};
}

}  // namespace

std::vector<std::string> case_engines() {
  std::vector<std::string> names = {"batch", "stream", "online"};
  for (const GenerateTarget& target : generate_targets()) {
    if (has_case_worker(target)) names.emplace_back(target.name);
    if (!target.native_engine.empty()) names.emplace_back(target.native_engine);
  }
  return names;
}

Result<TestReport> run_tests(const TestJob& job) {
  ASSIGN_OR_RETURN(const std::vector<std::string> files, case_files(job));
  std::vector<std::unique_ptr<CaseEngine>> engines;
  for (const std::string& name : job.engines) {
    ASSIGN_OR_RETURN(std::unique_ptr<CaseEngine> engine, make_engine(name, job));
    engines.push_back(std::move(engine));
  }

  ASSIGN_OR_RETURN(const std::unique_ptr<BadRows> bad_rows,
                   BadRows::create(job.skips_bad_rows ? BadRowPolicy::kSkip : BadRowPolicy::kStop, job.bad_rows_file));
  Surroundings surroundings;
  std::set<const CaseEngine*> proven;
  TestReport report;
  report.engines = job.engines;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::string text, read_text_file(file));
    ASSIGN_OR_RETURN(const LoadedRepository* surrounding, surroundings.of_file(file));
    for (const auto& engine : engines) {
      report.cases.push_back(run_case({file, text}, surrounding, *engine, job.skips_bad_rows));
      const CaseReport& done = report.cases.back();
      if (engine == engines.front()) RETURN_IF_ERROR(set_aside(done, *bad_rows));

      // An engine that has given no value yet cannot run here at all.
      const bool is_not_there = done.error && (done.error->kind() == ErrorKind::kEnvironment ||
                                               done.error->kind() == ErrorKind::kUnavailable);
      if (is_not_there && !proven.contains(engine.get())) return *done.error;
      if (done.values > 0) proven.insert(engine.get());

      switch (done.outcome) {
        case CaseReport::Outcome::kPassed: ++report.passed; break;
        case CaseReport::Outcome::kSkipped: ++report.skipped; break;
        case CaseReport::Outcome::kFailed:
        case CaseReport::Outcome::kBroken: ++report.failed; break;
      }
    }
  }
  RETURN_IF_ERROR(bad_rows->finish());
  return report;
}

}  // namespace headrace
