#pragma once

/// A feature repository, opened for Python: what headrace.Repository is made of.
///
/// Methods throw the package's exceptions; structured results are JSON text in the forms of the command line
/// (`headrace schema`), which the package reads.

#include "binding/arrow_capsules.h"
#include "session/jobs/backfill_job.h"
#include "session/jobs/dataset_job.h"
#include "session/jobs/explain_job.h"
#include "session/project/session.h"

#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <vector>

namespace headrace {

class OpenRepository {
 public:
  /// The nearest repository from the folder upward. `sources`: "NAME=PATH", where events lie instead of where the
  /// definitions say.
  static OpenRepository open(const std::string& folder, const std::vector<std::string>& sources);

  const Session& session() const { return session_; }

  std::string problems_json() const;
  std::string problems_text() const;
  std::string problems_summary() const;
  /// A dict for each feature, in an order in which none comes before those that it uses.
  nanobind::list features() const;
  /// Names of columns that are a key of an entity or the event time of a source.
  std::vector<std::string> key_and_time_columns() const;

  std::string plan_json(const std::vector<std::string>& features) const;
  std::string plan_text(const std::vector<std::string>& features) const;
  std::string graph_json() const;
  std::string graph_text() const;
  std::string graph_mermaid() const;

  /// (report as JSON, the features' columns).
  nanobind::tuple dataset(nanobind::handle observations, const DatasetJob& job) const;
  /// The report as JSON.
  std::string backfill(const BackfillJob& job) const;
  /// (JSON, text, notes, warnings).
  nanobind::tuple explain(const ExplainJob& job) const;

 private:
  explicit OpenRepository(Session session) : session_(std::move(session)) {}
  void require_sound() const;

  Session session_;
};

}  // namespace headrace
