#include "codegen/beam/beam.h"

#include "base/check.h"
#include "codegen/beam/beam_template.h"
#include "codegen/beam/kept_plan.h"
#include "codegen/beam/pipeline_module.h"
#include "codegen/beam/project_texts.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kCopied[] = {
    "Dockerfile",
    "headrace_runtime/__init__.py",
    "headrace_runtime/aggregates.py",
    "headrace_runtime/bad_messages.py",
    "headrace_runtime/batches.py",
    "headrace_runtime/big_query.py",
    "headrace_runtime/brokers.py",
    "headrace_runtime/cells.py",
    "headrace_runtime/checks.py",
    "headrace_runtime/columns.py",
    "headrace_runtime/command_line.py",
    "headrace_runtime/csv_files.py",
    "headrace_runtime/distributions.py",
    "headrace_runtime/files.py",
    "headrace_runtime/formulas.py",
    "headrace_runtime/histories.py",
    "headrace_runtime/jobs.py",
    "headrace_runtime/kernel.py",
    "headrace_runtime/kernel_stream.py",
    "headrace_runtime/lateness.py",
    "headrace_runtime/messages.py",
    "headrace_runtime/native_jobs.py",
    "headrace_runtime/observed.py",
    "headrace_runtime/positions.py",
    "headrace_runtime/project.py",
    "headrace_runtime/redis_store.py",
    "headrace_runtime/row_records.py",
    "headrace_runtime/sketches.py",
    "headrace_runtime/sliding.py",
    "headrace_runtime/stream_sinks.py",
    "headrace_runtime/stream_sources.py",
    "headrace_runtime/streams.py",
    "headrace_runtime/sums.py",
    "headrace_runtime/tables.py",
    "headrace_runtime/time_weights.py",
    "headrace_runtime/windows.py",
    "requirements.txt",
    "ruff.toml",
    "setup.py",
    "test_pipeline.py",
};

}  // namespace

GeneratedProject generate_beam(const GeneratorInput& input) {
  const KeptPlan kept = keep(input);
  GeneratedProject out;
  out.refusals = kept.refusals;
  if (kept.outputs.empty()) return out;
  for (std::string_view path : kCopied) {
    const std::string_view text = beam_template(path);
    CHECK(!text.empty());
    out.files.push_back({std::string(path), std::string(text)});
  }
  out.files.push_back({"pipeline.py", pipeline_module(kept)});
  out.files.push_back({"README.md", readme_text(kept)});
  out.files.push_back({"metadata.json", flex_template_metadata(kept)});
  out.files.push_back({"requirements-native.txt", native_requirements()});
  for (const DefinitionFile& file : input.definitions) out.files.push_back({"definitions/" + file.name, file.text});
  out.files.push_back({"definitions/digests.json", digests_json(kept)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

std::string_view beam_case_worker() { return beam_template("case_worker.py"); }

}  // namespace headrace
