#pragma once

/// The very events behind a number: V(F, k, t) with everything that led to it.
///
///   std::vector<size_t> features = explained_features(plan, feature);      // open sources for these, in this order
///   ASSIGN_OR_RETURN(Value key, read_key("pump_id", key_type, "p7"));
///   ASSIGN_OR_RETURN(Explanation why, explain(plan, request, sources, options));
///
/// The value itself is the batch engine's. The steps are computed anew, plainly, from the events of the one key; where
/// the two differ, the explanation says so (`disagreement`): that is a bug of headrace.
///
/// Reads the sources twice and keeps the key's events only. Thread-safe: a call keeps nothing.

#include "engine/batch/batch.h"
#include "plan/plan.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

struct ExplainRequest {
  size_t feature = 0;                 // of the plan
  std::vector<ScalarType> key_types;  // as the sources deliver the keys
  std::vector<Value> key;             // of these types
  EventTime at;
};

struct ExplainOptions {
  /// The most events that are shown in and around a window, half of them its first, half its last; 0: all.
  int64_t event_limit = 20;
  BatchOptions batch;
};

/// One event of the key.
struct ExplainedEvent {
  /// kBefore and kAfter are the nearest events outside the window. kHeld came before the window, and its value holds
  /// into it (time_weighted_mean).
  enum class Place { kBefore, kHeld, kInside, kAfter };
  Place place = Place::kInside;
  EventTime time;
  int64_t arrival = 0;        // the value of the arrival column, else the row's number in the source, from 1
  std::vector<Value> inputs;  // by Explanation::inputs
  std::vector<Value> values;  // of the formulas; none without a formula
  bool is_filtered = false;   // the filter is not true
  bool is_null = false;       // a formula is null
  // Rows that count for nothing are neither filtered nor null.
  bool is_superseded = false;  // another row of the same event, by the source's `id`, stands for it
  bool is_deleted = false;     // taken back

  bool counts() const { return !is_superseded && !is_deleted; }
};

struct ExplainedWindow {
  std::string text;                     // "24h", "last 100 events", as people say it
  std::optional<EventTime> start, end;  // absent: open
  bool has_start = false;               // whether an event at `start` belongs to it
  bool has_end = false;
};

/// Events of the key in the window, and before it.
struct EventCounts {
  int64_t seen = 0;        // in the source at or before `at`
  int64_t inside = 0;      // in the window, whatever becomes of them
  int64_t superseded = 0;  // of these, rows that another row of the same event stands for
  int64_t deleted = 0;     // of these, taken back
  int64_t filtered = 0;    // of these, dropped by the filter
  int64_t null = 0;        // of these, without a value
  int64_t used = 0;        // values that the aggregation took
};

struct Explanation {
  std::string feature;
  std::string version;
  std::string digest;
  std::string entity;
  std::vector<std::pair<std::string, Value>> key;
  EventTime at;
  Type type;
  Value value;
  bool is_default = false;  // null, and `default` stands in
  std::string definition;   // "mean of flow / power where mode == 'run'"
  std::string formula;
  std::vector<std::string> steps;  // how the result came
  std::string disagreement;        // empty: the engine's value and the steps agree
  std::string remark;              // "no event of pump_id=p777 in source telemetry": the key never occurs; mostly empty

  // A feature with an aggregation:
  std::string source;
  std::optional<ExplainedWindow> window;
  std::vector<std::string> inputs;    // columns and features that formulas and filter read
  std::vector<std::string> formulas;  // headings of the events' values
  std::string filter;
  std::vector<ExplainedEvent> events;  // in order; in and around the window
  int64_t events_hidden = 0;           // left out, after the first `events_before_gap`
  size_t events_before_gap = 0;
  EventCounts counts;

  // A derived feature: those that it uses, at the same instant.
  std::vector<Explanation> uses;
};

/// The feature and all that it uses, in order of the plan.
std::vector<size_t> explained_features(const Plan& plan, size_t feature);

/// Reads a key as people write it on a command line; what does not fit the type is an error of usage.
Result<Value> read_key(const std::string& name, ScalarType type, const std::string& text);

/// REQUIRES: the sources are opened from source_requests() for explained_features().
Result<Explanation> explain(const Plan& plan, const ExplainRequest& request, const OpenSources& sources,
                            const ExplainOptions& options);

/// As described in explain/explanation_json.h.
std::string to_json(const Explanation& explanation);

/// For people: the value, how it came, the window, the events.
std::string to_text(const Explanation& explanation);

}  // namespace headrace
