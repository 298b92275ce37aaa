#pragma once

/// Runs tests of features through generated code, in a Python process that lives as long as the engine.
///
/// For each request the code is generated into a temporary folder as a user would get it, with the events and places to
/// look beside it as NDJSON; the process (case_worker.py of the target) is told where they are in one line of JSON and
/// answers with values in one line.

#include "base/line_process.h"
#include "casefiles/case_engine.h"
#include "session/generated/generate_job.h"

#include <memory>
#include <string>

namespace headrace {

/// Who computes inside the generated code: the code itself, or our compiled kernel.
enum class GeneratedKernel { kOwn, kNative };

class GeneratedCaseEngine : public CaseEngine {
 public:
  /// `python` is a program that has the target's packages. Nothing is started yet.
  GeneratedCaseEngine(const GenerateTarget& target, GeneratedKernel kernel, std::string python)
      : target_(target), kernel_(kernel), python_(std::move(python)) {}
  ~GeneratedCaseEngine() override;

  std::string_view name() const override {
    return kernel_ == GeneratedKernel::kNative ? target_.native_engine : target_.name;
  }
  double tolerance() const override { return target_.tolerance; }
  Result<CaseAnswer> run(const CaseRequest& request) override;

 private:
  Status start();
  Result<CaseAnswer> ask(const CaseRequest& request, const GeneratedProject& project, CaseAnswer answer);

  const GenerateTarget& target_;
  GeneratedKernel kernel_;
  std::string python_;
  std::string folder_;  // temporary; empty until started
  std::unique_ptr<LineProcess> worker_;
};

/// Whether tests can be run through the code of the target.
bool has_case_worker(const GenerateTarget& target);

}  // namespace headrace
