#pragma once

/// Runs the tests of a feature repository.

#include "base/result.h"
#include "casefiles/case_run.h"
#include "session/running/run_options.h"

#include <string>
#include <vector>

namespace headrace {

struct TestJob {
  std::string project;  // folder whose tests/ are run when no file is named
  std::vector<std::string>
      files;  // named files and folders; each file lies in the nearest repository above it, or in none
  std::vector<std::string> engines = {"batch"};  // of case_engines()
  std::string python = "python3";                // for engines that run generated code
  bool skips_bad_rows = false;                   // pass over events that cannot be read
  std::string bad_rows_file;                     // where they are set aside; empty: nowhere
  RunOptions run;
};

struct TestReport {
  std::vector<std::string> engines;
  std::vector<CaseReport> cases;  // in the order of the files, each with every engine
  size_t passed = 0;
  size_t failed = 0;  // failed or broken
  size_t skipped = 0;

  bool ok() const { return failed == 0; }
};

/// The engines that tests can be run through: "batch", and for each target whose code can be run that code, alone and
/// with our compiled kernel inside.
std::vector<std::string> case_engines();

/// An engine that is not one of case_engines() is a usage error; one that cannot start (no Beam in that Python) is an
/// environment error, not as many failed tests.
Result<TestReport> run_tests(const TestJob& job);

}  // namespace headrace
