#pragma once

/// A feature repository, opened for Python: what headrace.Repository is made of.
///
/// Methods throw the package's exceptions; structured results are JSON text in the forms of the command line
/// (`headrace schema`), which the package reads.

#include "binding/arrow_capsules.h"
#include "interruptible.h"
#include "session/jobs/backfill_job.h"
#include "session/jobs/dataset_job.h"
#include "session/jobs/explain_job.h"
#include "session/jobs/show_job.h"
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

  // Features are chosen and left out by selectors (session/feature_selection.h).

  std::string plan_json(const std::vector<std::string>& features, const std::vector<std::string>& excluded) const;
  std::string plan_text(const std::vector<std::string>& features, const std::vector<std::string>& excluded) const;
  /// In one of the forms "text", "json", "mermaid", "svg".
  std::string graph(const std::vector<std::string>& features, const std::vector<std::string>& excluded,
                    const std::string& form) const;

  /// (report as JSON, the features' columns).
  nanobind::tuple dataset(nanobind::handle observations, const DatasetJob& job, const ProgressListener& listener) const;
  /// The report as JSON.
  std::string backfill(const BackfillJob& job, const ProgressListener& listener) const;
  /// (JSON, text, notes, warnings).
  nanobind::tuple explain(const ExplainJob& job) const;
  /// (JSON, [(entity, number of key columns, rows, rows with those that are not shown)], notes, warnings).
  nanobind::tuple show(const ShowJob& job, const ProgressListener& listener) const;

 private:
  explicit OpenRepository(Session session) : session_(std::move(session)) {}
  void require_sound() const;
  std::vector<std::string> chosen(const std::vector<std::string>& features,
                                  const std::vector<std::string>& excluded) const;

  Session session_;
};

}  // namespace headrace
