#include "base/aligned_text.h"
#include "explain/explain.h"
#include "explain/shown.h"

#include <fmt/format.h>

namespace headrace {
namespace {

std::string edges_text(const ExplainedWindow& window) {
  return fmt::format("{}{}, {}{}", window.has_start ? "[" : "(", window.start ? to_string(*window.start) : "−∞",
                     window.end ? to_string(*window.end) : "∞", window.has_end ? "]" : ")");
}

std::string counts_text(const EventCounts& counts) {
  std::string out = fmt::format("{} inside", grouped_digits(counts.inside));
  if (counts.superseded > 0) out += fmt::format(", {} superseded", grouped_digits(counts.superseded));
  if (counts.deleted > 0) out += fmt::format(", {} deleted", grouped_digits(counts.deleted));
  if (counts.filtered > 0) out += fmt::format(", {} filtered out", grouped_digits(counts.filtered));
  if (counts.null > 0) out += fmt::format(", {} null", grouped_digits(counts.null));
  return out + fmt::format(", {} used; {} seen so far", grouped_digits(counts.used), grouped_digits(counts.seen));
}

std::string fate_text(const ExplainedEvent& event) {
  if (event.is_superseded) return "superseded";
  if (event.is_deleted) return "deleted";
  if (event.is_filtered) return "filtered out";
  return event.is_null ? "null" : "";
}

/// An event outside of the window, and whether it counts at all.
std::string with_fate(const ExplainedEvent& event, const std::string& place) {
  return event.counts() ? place : place + ", " + fate_text(event);
}

std::string remark(const ExplainedEvent& event) {
  switch (event.place) {
    case ExplainedEvent::Place::kBefore: return with_fate(event, "before the window");
    case ExplainedEvent::Place::kHeld: return "holds into the window";
    case ExplainedEvent::Place::kInside: return fate_text(event);
    case ExplainedEvent::Place::kAfter: return with_fate(event, "after the window");
  }
  return "";
}

/// Whether the one formula is just an input, so that a column for it would say nothing.
bool repeats_input(const Explanation& explanation) {
  return explanation.formulas.size() == 1 && explanation.inputs.size() == 1 &&
         explanation.formula == explanation.inputs[0];
}

std::string events_text(const Explanation& explanation) {
  const bool has_values = !repeats_input(explanation);
  std::vector<std::vector<std::string>> rows(1);
  rows[0] = {"time", "arrival"};
  rows[0].insert(rows[0].end(), explanation.inputs.begin(), explanation.inputs.end());
  if (has_values) rows[0].insert(rows[0].end(), explanation.formulas.begin(), explanation.formulas.end());
  std::vector<CellAlign> aligns(rows[0].size(), CellAlign::kRight);
  aligns[0] = CellAlign::kLeft;
  for (size_t i = 0; i < explanation.events.size(); ++i) {
    if (i == explanation.events_before_gap && explanation.events_hidden > 0) {
      rows.push_back({fmt::format("… {} more", grouped_digits(explanation.events_hidden))});
    }
    const ExplainedEvent& event = explanation.events[i];
    std::vector<std::string> row = {to_string(event.time), std::to_string(event.arrival)};
    for (const Value& value : event.inputs) row.push_back(shown(value));
    if (has_values) {
      for (const Value& value : event.values) row.push_back(shown(value));
    }
    row.push_back(remark(event));
    rows.push_back(std::move(row));
  }
  return aligned_rows(rows, aligns, "  ");
}

void write_body(const Explanation& explanation, std::string& out) {
  out += "\nhow it came\n";
  for (const std::string& step : explanation.steps) out += "  " + step + "\n";
  if (!explanation.disagreement.empty()) out += "  " + explanation.disagreement + "\n";
  if (explanation.window) {
    out += fmt::format("\nevents of {} in {}: {}\n", explanation.source, edges_text(*explanation.window),
                       counts_text(explanation.counts));
    if (!explanation.events.empty()) out += events_text(explanation);
  }
}

std::string headline(const Explanation& explanation) {
  std::string out = fmt::format("{} = {}\n", explanation.feature, shown(explanation.value));
  std::string is = explanation.definition;
  if (explanation.window) is += ", over " + explanation.window->text;
  return out + fmt::format("  is       {}\n", is);
}

/// A text further to the right.
std::string indented(const std::string& text) {
  std::string out;
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = text.find('\n', start);
    const std::string line = text.substr(start, end - start);
    out += line.empty() ? "\n" : "  " + line + "\n";
    start = end + 1;
  }
  return out;
}

/// How the value came, and below it the same of those that it used, each under its name.
std::string story(const Explanation& explanation) {
  std::string out;
  write_body(explanation, out);
  if (explanation.uses.empty()) return out;
  out += "\nuses\n";
  for (size_t i = 0; i < explanation.uses.size(); ++i) {
    const Explanation& used = explanation.uses[i];
    out += (i > 0 ? "\n" : "") + indented(headline(used) + indented(story(used)));
  }
  return out;
}

}  // namespace

std::string to_text(const Explanation& explanation) {
  std::string head = headline(explanation);
  head += fmt::format("  for      {} {}\n", explanation.entity, shown_key(explanation.key));
  head += fmt::format("  at       {}\n", to_string(explanation.at));
  head += fmt::format("  version  {}, digest {}\n", explanation.version, explanation.digest.substr(0, 12));
  if (!explanation.remark.empty()) head += fmt::format("  note     {}\n", explanation.remark);
  return head + story(explanation);
}

}  // namespace headrace
