#include "casefiles/case_checks.h"

#include "casefiles/case_codes.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace headrace {
namespace {

bool same_fields(const CaseFields& a, const CaseFields& b) {
  if (a.size() != b.size()) return false;
  return std::all_of(a.begin(), a.end(), [&](const auto& field) {
    return std::any_of(b.begin(), b.end(), [&](const auto& other) {
      return field.first == other.first && field.second.value == other.second.value;
    });
  });
}

void add_case_problem(Diagnostics& problems, std::string_view code, std::string message, Span span,
                      std::string help = "") {
  problems.add(case_problem(code, std::move(message), std::move(span), std::move(help)));
}

}  // namespace

std::string show_entity(const CaseFields& entity) {
  std::string out;
  for (const auto& [key, value] : entity) {
    const auto* text = std::get_if<std::string>(&value.value.data);
    out += (out.empty() ? "" : " ") + key + "=" + (text != nullptr ? *text : to_json(value.value));
  }
  return out;
}

void check_rows(const CaseFile& value, const Repository& repository, Diagnostics& problems) {
  if (value.asks.size() != value.expected.size()) {
    add_case_problem(problems, "T005",
                     fmt::format("`ask` has {} rows, but `expect` has {}", value.asks.size(), value.expected.size()),
                     value.expected_span, "write one row of `expect` for each row of `ask`, in the same order");
    return;
  }

  for (size_t i = 0; i < value.asks.size(); ++i) {
    const CaseAsk& ask = value.asks[i];
    const CaseExpectation& expected = value.expected[i];
    if (!expected.entity.empty() && !same_fields(ask.entity, expected.entity)) {
      add_case_problem(problems, "T005",
                       fmt::format("row {} of `ask` is about {}, but this row about {}", i + 1, show_entity(ask.entity),
                                   show_entity(expected.entity)),
                       expected.span);
    } else if (expected.at && *expected.at != ask.at) {
      add_case_problem(problems, "T005",
                       fmt::format("row {} of `ask` looks at {}, but this row at {}", i + 1, to_string(ask.at),
                                   to_string(*expected.at)),
                       expected.span);
    }

    for (const std::string& name : ask.features) {
      if (repository.find_feature(name) == nullptr) continue;  // which is said instead
      const bool is_there = std::any_of(expected.values.begin(), expected.values.end(),
                                        [&](const auto& each) { return each.first == name; });
      if (!is_there)
        add_case_problem(problems, "T005", fmt::format("feature `{}` is asked for, but has no expected value", name),
                         expected.span, fmt::format("add `{}: ..` to `values`, or do not ask for it", name));
    }
  }
}

void check_events(const CaseFile& value, const Repository& repository, Diagnostics& problems) {
  std::vector<std::string> names;
  for (const SourceDefinition& source : repository.sources) names.push_back(source.name);
  for (const CaseEvents& events : value.events) {
    const SourceDefinition* source = repository.find_source(events.source);
    if (source == nullptr) {
      add_case_problem(problems, "T003", fmt::format("there is no source `{}`", events.source), events.span,
                       did_you_mean(events.source, names));
      continue;
    }

    std::set<std::string> known = {source->event_time};
    for (const ColumnDefinition& column : source->columns) known.insert(column.name);
    if (source->arrival) known.insert(*source->arrival);
    if (source->identity) known.insert(source->identity->id);
    if (source->identity && source->identity->deleted) known.insert(*source->identity->deleted);
    if (const EntityDefinition* entity = repository.find_entity(source->entity))
      known.insert(entity->keys.begin(), entity->keys.end());

    std::set<std::string> reported;
    for (const CaseRow& row : events.rows) {
      for (const auto& [name, field] : row.fields) {
        if (known.contains(name) || !reported.insert(name).second) continue;
        add_case_problem(problems, "T006", fmt::format("source `{}` has no column `{}`", events.source, name),
                         field.span, did_you_mean(name, {known.begin(), known.end()}));
      }
    }
  }
}

}  // namespace headrace
