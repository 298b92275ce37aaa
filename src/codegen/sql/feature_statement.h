#pragma once

/// The common table expressions that give features' values at entities and instants. Private to codegen/sql.
///
/// *Instants* are a table of keys and times without repetition: V(F, k, t) is asked for each of its rows. A feature
/// over them is an expression of its own, `event_us` and `value`; a feature that another one uses at the events of a
/// source is the same over the instants of those events.
///
///   <source>_events   rows of the source that have key and time, cleaned (no NaN, no infinity, no −0.0); of a source
///                     with `id` those of <source>_ranked that count: the first rows of the ranked <source>_rows
///   <feature>_inputs  events beside the features that the formula uses, as of the event
///   <feature>_series  filtered events with the formula's value, `seen_us` is their time; where nothing orders events of
///                     one time, <feature>_settled: the same, and it fails where their values differ
///   <feature>_rows    the instants beside the events in their windows, and what is computed over those
///   <feature>_frames  the same by window functions over events and asked instants in one order (<feature>_points)
///   <feature>_spans   from when until when each event is in windows, which gives the running number of distinct values
///                     (<feature>_runs, _steps) and how often each value is there (<feature>_levels)
///   <feature>_window  one row for each instant: what was aggregated
///   <feature>         the value: finite, with the default
///
/// Not thread-safe: one for each statement.

#include "codegen/generated_project.h"
#include "codegen/sql/aggregation_sql.h"
#include "codegen/sql/formula_sql.h"
#include "codegen/sql/framing.h"
#include "codegen/sql/instant_bounds.h"
#include "codegen/sql/select_text.h"
#include "codegen/sql/sql_names.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace headrace::sql {

struct Instants {
  std::string table;  // a common table expression with keys and event_us
  size_t entity = 0;
  std::string suffix;        // of the names of what is computed over it
  std::set<size_t> sources;  // whose events' instants they are; empty: those of observations
};

/// A table that has a feature's values already, in a column of the feature's name beside keys and event_time.
struct KnownValues {
  std::string table;
  std::set<size_t> sources;  // it has all instants of their events; empty: all of the observations
};

/// REQUIRES: the feature is not derived.
inline Aggregation aggregation_of(const PlanFeature& feature) {
  return feature.aggregation.value_or(Aggregation::kCount);
}

/// What a statement reads of a source: the columns' types, and the names of those whose width is that of their texts.
struct SourceRead {
  int64_t bytes_of_row = 0;
  std::vector<std::string> texts;
};

/// Whether the order of arrival of events of one time can change the feature's value, apart from features it uses and
/// from which row of an event counts.
bool needs_arrival(const Plan& plan, const PlanFeature& feature);
/// Whether the feature's source needs an order of arrival for it: for its ties, or to know which row of an event
/// counts.
bool needs_ordered_source(const Plan& plan, const PlanFeature& feature);

class FeatureStatement {
 public:
  /// All live longer. `features` are those that the statement gives values of.
  FeatureStatement(const Plan& plan, SqlDialect dialect, const SqlNames& names, const std::vector<size_t>& features);

  /// Reads no events but those that values within the bounds follow from. REQUIRES: nothing was added; they live longer.
  void bound_events(const InstantBounds& bounds) { event_bounds_ = &bounds; }
  /// Gives values within the bounds only. REQUIRES: the same.
  void bound_instants(const InstantBounds& bounds) { instant_bounds_ = &bounds; }

  /// All distinct (key, time) of the sources' events; the instants of an offline table.
  Instants add_event_instants(const std::vector<size_t>& sources);
  /// All distinct (key, time) of the observations.
  Instants add_observed_instants(size_t entity);
  /// Has the feature's values read from tables, at instants that one of them has, instead of computed.
  void know(size_t feature, KnownValues values) { known_[feature].push_back(std::move(values)); }
  /// The name of the expression with the feature's values over the instants.
  std::string add_values(size_t feature, const Instants& instants);

  const With& with() const { return with_; }
  /// Of the plan, that the statement reads so far.
  std::vector<size_t> sources() const;
  /// By source of the plan, what the statement reads of it so far.
  const std::map<size_t, SourceRead>& reads() const { return reads_; }
  /// Why the feature itself cannot be said, apart from those that it uses.
  std::optional<Unsayable> unsayable(size_t feature) const;

  std::string own(std::string_view base) const { return names_.own(base); }
  /// "spine.pump_id", ...; without a table: "pump_id".
  std::vector<std::string> keys(size_t entity, std::string_view table = {}) const;
  /// "a.pump_id = b.pump_id", ...
  std::vector<std::string> same_keys(size_t entity, std::string_view a, std::string_view b) const;

 private:
  std::string add_events(size_t source);
  /// The name of `<source>_events` for a source with `id`, from the rows that `select` gives, with values in `contents`.
  std::string add_counting_events(size_t source, Select select, std::vector<std::string> contents);
  /// 1 for one row of each event, of rows in no order; an error where those of one event differ in their contents.
  std::string rank_without_order(const PlanSource& source, const std::vector<std::string>& contents,
                                 const std::vector<std::string>& event) const;
  std::string error_call(const std::string& message) const;
  std::string add_instants_of(size_t source);
  /// The same rows, which fail where the value depends on an order of arrival that nothing says.
  std::string add_settled(const PlanFeature& feature, const std::string& name, const std::string& series);
  /// The table that has the feature's values at all of the instants; null: none is known.
  const KnownValues* find_known(size_t feature, const Instants& instants) const;
  void add_known(const PlanFeature& feature, const std::string& values, const KnownValues& known);
  /// The table that a formula reads, and the alias-free columns of its references.
  std::string add_inputs(const PlanFeature& feature, const std::string& name, const Instants& outer);
  std::string add_series(const PlanFeature& feature, const std::string& name, const Instants& outer);
  /// Events with `is_start`: the first ones of sessions.
  std::string add_session_starts(const std::string& series, const PlanFeature& feature, const std::string& name);
  /// Those with the time of the session's last event.
  std::string add_session_ends(const std::string& started, const PlanFeature& feature, const std::string& name);
  /// Whether the aggregation is about how often values are in windows that they enter and leave by time.
  bool has_spans(const PlanFeature& feature) const;
  void add_by_spans(const PlanFeature& feature, const std::string& name, const std::string& values,
                    const Instants& instants, const std::string& series);
  /// From when until when each value that is not null is in windows.
  std::string add_spans(const PlanFeature& feature, const std::string& name, const std::string& series);
  /// The number of different values at each instant, a running sum.
  std::string add_distinct(const PlanFeature& feature, const std::string& name, const Instants& instants,
                           const std::string& spans);
  /// How often a value is in the window from `from_us` on and before `until_us`.
  std::string add_levels(const PlanFeature& feature, const std::string& name, const std::string& spans);
  /// The values in each instant's window, each once with its number.
  std::string add_counted(const PlanFeature& feature, const std::string& name, const Instants& instants,
                          const std::string& levels);
  std::string add_held(const std::string& series, const PlanFeature& feature, const std::string& name);
  /// `values` is the name of the last expression, `name` the beginning of the names of those before it.
  void add_aggregated(const PlanFeature& feature, const std::string& name, const std::string& values,
                      const Instants& instants);
  /// The events twice, with the two stretches of time, as long as the window, in which there are instants whose windows
  /// have them: so that a join on the stretch meets no events but those of one or two windows.
  std::string add_near(const PlanFeature& feature, const std::string& name, const std::string& series);
  /// The join of instants with the events in their windows.
  Join window_join(const PlanFeature& feature, const std::string& name, const Instants& instants,
                   const std::string& series);
  std::string add_window_rows(const PlanFeature& feature, const std::string& name, const Instants& instants,
                              const std::string& series, const AggregationSql& sql);
  /// A table with the named aggregates of each instant's window.
  std::string add_window(const PlanFeature& feature, const std::string& name, const Instants& instants,
                         const std::string& series, const AggregationSql& sql, const std::vector<NamedSql>& aggregates);
  /// The same by functions over frames of the ordered events.
  std::string add_framed(const PlanFeature& feature, const std::string& name, const Instants& instants,
                         const std::string& series, const Framing& framing);
  /// SELECTs that add layers of columns to a table; the name of the last, or of the table where there are none.
  std::string add_layers(const std::vector<std::vector<NamedSql>>& layers, std::string table, const std::string& name);
  /// The same table with the exact columns beside the grouped ones, where they are needed.
  std::string add_exact(const PlanFeature& feature, const std::string& name, const Instants& instants,
                        const std::string& series, const AggregationSql& sql, const std::string& window);
  void add_derived(const PlanFeature& feature, const std::string& name, const std::string& values,
                   const Instants& instants);
  /// Adds SELECTs with the bound columns over `table`; the name of the last.
  std::string add_bindings(const Bindings& bindings, std::string table, const std::string& name);
  void add_result(const PlanFeature& feature, const std::string& name, const std::string& values,
                  const std::string& table, std::string value, bool may_be_infinite);

  /// Whether the order of arrival of the source's rows matters: for a feature, or for which row of an event counts.
  bool is_ordered(size_t source) const { return ordered_sources_.contains(source) || plan_.sources[source].identity; }
  /// A key and a value, as what window functions partition by.
  std::string value_partition(const PlanFeature& feature) const;
  std::vector<std::string> arrival_columns(size_t source) const;
  /// Whether nothing says which of the source's rows came first where it matters; such statements fail then.
  bool lacks_order(size_t source) const;
  std::vector<std::string> order_columns(const PlanFeature& feature) const;
  std::vector<std::string> window_conditions(const PlanFeature& feature) const;
  WindowRows window_rows(const PlanFeature& feature) const;
  std::string column_of(const Reference& reference) const;
  std::string event_column(const PlanSource& source, const std::string& name, ScalarType type) const;
  const Series& series_of(const PlanFeature& feature) const { return plan_.series[plan_.states[feature.state].series]; }
  const WindowSpec& window_of(const PlanFeature& feature) const { return plan_.states[feature.state].window; }
  std::string unique_table(const std::string& base);

  const Plan& plan_;
  SqlDialect dialect_;
  const SqlNames& names_;
  std::map<size_t, std::vector<KnownValues>> known_;
  std::set<Reference> columns_;       // that some formula reads
  std::set<size_t> ordered_sources_;  // whose order of arrival some feature needs
  const InstantBounds* event_bounds_ = nullptr;
  const InstantBounds* instant_bounds_ = nullptr;
  std::map<size_t, std::string> events_;
  std::map<size_t, SourceRead> reads_;
  std::map<size_t, std::string> instants_of_;  // source to those of all its events
  std::map<std::pair<size_t, std::string>, std::string> values_;
  std::set<std::string> tables_;
  With with_;
};

}  // namespace headrace::sql
