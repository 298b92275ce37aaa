#pragma once

/// Aggregations as window functions over a range of time before each instant. Private to codegen/sql.
///
/// Events and asked instants stand in one order of time, and every column is a function over a frame of that order: the
/// work is that of sorting, where a join of instants and events makes a row for each event of each window.
///
/// Frames are ranges of whole microseconds, both ends inside, so that open and closed ends are exact. Among events of
/// one time a frame knows no order; columns that need one are prepared so that one event of each time has the value.

#include "codegen/sql/aggregation_sql.h"
#include "compute/windows/window.h"

#include <optional>

namespace headrace::sql {

struct FrameColumn {
  std::string name;
  std::string function;  // "LAST_VALUE(value IGNORE NULLS)"
  std::string frame;     // "RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW"
};

struct Framing {
  /// Layers of columns that the events have besides; each reads those of the layers before.
  std::vector<std::vector<NamedSql>> prepared;
  /// Columns of the events that the functions read, besides their time.
  std::vector<std::string> read;
  /// What frames do not cross, over events and instants: the session, the tumbling window. Empty: a key's whole time.
  std::string pane;
  std::vector<FrameColumn> columns;
  /// Layers of columns over those.
  std::vector<std::vector<NamedSql>> after;
  /// The result over all of them. Where it is not sound the window is looked at again event by event.
  AggregationSql sql;
};

/// "RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW". REQUIRES: not a window of the last events.
std::string frame_of(const WindowSpec& window);

/// The result stands where the condition over the columns is true; elsewhere that over the window's events does.
void guard(const WindowRows& rows, const std::string& is_sound, const std::string& result, Framing& out);

/// Nothing where the dialect cannot say the aggregation so, or not exactly.
///
/// `is_start` of the events of a session's window says where a session begins.
std::optional<Framing> framing(const WindowRows& rows, const WindowSpec& window);

}  // namespace headrace::sql
