#pragma once

/// An engine as a test of features sees it: events and places to look go in, values come out.

#include "engine/batch/batch.h"
#include "language/diagnostics/definition_file.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

struct CaseTable {
  SourceRequest request;  // names and types of the columns
  Batch rows;             // in order of arrival; keys and event time are there in every row
};

/// Features of one entity at some places.
struct CaseRequest {
  const Plan& plan;
  size_t entity = 0;
  std::vector<size_t> features;
  std::vector<ScalarType> key_types;
  Observations observations;
  std::vector<CaseTable> tables;
  std::vector<DefinitionFile> definitions;  // the repository's texts, project.yaml first
};

struct CaseAnswer {
  /// For each feature of the request: its value at each observation, in the feature's type; none when it is refused.
  std::vector<std::vector<Value>> values;
  std::vector<std::pair<size_t, std::string>> refused;  // features that the engine cannot compute, and why
  BatchStatistics statistics;
};

/// Not thread-safe: one test after the other.
class CaseEngine {
 public:
  virtual ~CaseEngine() = default;
  /// As `engines` of a test and --engine say it.
  virtual std::string_view name() const = 0;
  /// How near its doubles come, relative: 0 for the same bits. A database adds in its own order (language, section 5).
  virtual double tolerance() const { return 0.0; }
  virtual Result<CaseAnswer> run(const CaseRequest& request) = 0;
};

/// The native engine over rows in memory.
class BatchCaseEngine : public CaseEngine {
 public:
  explicit BatchCaseEngine(BatchOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "batch"; }
  Result<CaseAnswer> run(const CaseRequest& request) override;

 private:
  BatchOptions options_;
};

}  // namespace headrace
