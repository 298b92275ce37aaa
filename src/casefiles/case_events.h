#pragma once

/// Events and asks of a test as the columns that an engine reads.

#include "casefiles/case_file.h"
#include "engine/source.h"
#include "plan/plan.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// The types of an entity's keys: as the plan knows them, else as the values in events and asks are written (integers:
/// int64, text: string, booleans: bool). A mixture is reported.
std::vector<ScalarType> key_types_of(const CaseFile& value, const Plan& plan, size_t entity, Diagnostics& diagnostics);

/// An event that cannot be read, or one cell of an event that is read otherwise: as a run over files sets them aside.
struct BadEvent {
  std::string source;
  int64_t row = 0;  // of the source's events, from 1
  Span span;
  std::string column;
  std::string problem;
  std::string value;
  std::string record;  // the event as JSON
  bool is_cell = false;
};

/// Events as columns. Keys take `key_types`. What cannot have its type is an error; with `skips_bad_rows` it is a
/// warning, and as in files: the row is left out where its key, time, arrival, id or `deleted` cannot be read, another
/// cell is null.
class EventReader {
 public:
  EventReader(const CaseFile& value, bool skips_bad_rows, Diagnostics& diagnostics)
      : value_(value), skips_bad_rows_(skips_bad_rows), diagnostics_(diagnostics) {}

  /// The events of a source as one batch with the columns of the request, in order of arrival.
  Batch read(const PlanSource& source, const SourceRequest& request, const std::vector<ScalarType>& key_types);
  /// What was passed over.
  std::vector<BadEvent> take_bad_events() { return std::exchange(bad_events_, {}); }

 private:
  std::optional<std::vector<Value>> values_of(const CaseRow& row, const PlanSource& source,
                                              const SourceRequest& request, const std::vector<ScalarType>& types);
  void report(Diagnostic problem, BadEvent bad);

  const CaseFile& value_;
  const bool skips_bad_rows_;
  Diagnostics& diagnostics_;
  int64_t row_ = 0;  // of the source that is read
  std::vector<BadEvent> bad_events_;
};

/// One key value of the type. Nothing, and reported, when the field is missing or has another type.
std::optional<Value> key_value(const CaseFields& fields, const std::string& key, ScalarType type, const Span& span,
                               Diagnostics& diagnostics);

/// The largest magnitude of the numbers in the events' columns of that name.
double largest_magnitude(const CaseFile& value, const std::string& source, const std::string& column);

}  // namespace headrace
