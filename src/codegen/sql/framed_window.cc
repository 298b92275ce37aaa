// Windows by frames: events and asked instants in one order, and window functions over a range of time before each. A
// join of instants and events would make a row for each event of each window.
#include "codegen/sql/feature_statement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace headrace::sql {

std::string FeatureStatement::add_layers(const std::vector<std::vector<NamedSql>>& layers, std::string table,
                                         const std::string& name) {
  for (const std::vector<NamedSql>& layer : layers) {
    Select select;
    select.columns = {"*"};
    for (const NamedSql& column : layer) select.columns.push_back(to_text(column));
    select.from = table;
    table = unique_table(name);
    with_.add(table, select);
  }
  return table;
}

std::string FeatureStatement::add_framed(const PlanFeature& feature, const std::string& name, const Instants& instants,
                                         const std::string& series, const Framing& framing) {
  const std::string events = add_layers(framing.prepared, series, name + "_events");
  const std::string instant = own("event_us"), seen = own("seen_us"), asked = own("is_asked");
  Select happened, questions;
  happened.columns = questions.columns = keys(feature.entity);
  happened.columns.insert(happened.columns.end(), {fmt::format("{} AS {}", seen, instant), seen});
  questions.columns.insert(questions.columns.end(), {instant, "NULL"});
  for (const std::string& column : framing.read) {
    happened.columns.push_back(column);
    questions.columns.emplace_back("NULL");
  }
  happened.columns.push_back("FALSE AS " + asked);
  questions.columns.emplace_back("TRUE");
  happened.from = events;
  questions.from = instants.table;
  std::string points = unique_table(name + "_points");
  with_.add(points, to_text(happened, 2) + "\n  UNION ALL\n" + to_text(questions, 2));
  std::string partition = fmt::format("{}", fmt::join(keys(feature.entity), ", "));
  if (!framing.pane.empty()) {
    points = add_layers({{{own("pane"), framing.pane}}}, points, name + "_panes");
    partition += ", " + own("pane");
  }

  Select frames, window;
  frames.columns = window.columns = keys(feature.entity);
  frames.columns.insert(frames.columns.end(), {instant, asked});
  window.columns.push_back(instant);
  for (const FrameColumn& column : framing.columns) {
    frames.columns.push_back(fmt::format("{} OVER (PARTITION BY {} ORDER BY {} {}) AS {}", column.function, partition,
                                         instant, column.frame, column.name));
    window.columns.push_back(column.name);
  }
  frames.from = points;
  const std::string framed = unique_table(name + "_frames");
  with_.add(framed, frames);
  window.from = framed;
  window.where = asked;
  const std::string table = unique_table(name + "_window");
  with_.add(table, window);
  return add_layers(framing.after, table, name + "_window");
}

}  // namespace headrace::sql
