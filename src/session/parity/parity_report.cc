#include "session/parity/parity_report.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr int kParityFormatVersion = 1;

}  // namespace

template <typename Fields>
void describe(Fields& fields, const ParityDifference*) {
  using D = ParityDifference;
  fields.name("ParityDifference", "a value that is not what the batch engine computes");
  fields.required("feature", &D::feature);
  fields.required("key", &D::key, {.text = "of the entity"});
  fields.required("at", &D::at, {.text = "the instant of the value"});
  fields.required("served", &D::served);
  fields.required("computed", &D::computed);
  fields.required("cause", &D::cause, {.text = "the first of `causes`"});
  fields.required("causes", &D::causes, {.text = "all that are needed to come from one value to the other"});
  fields.required("note", &D::note, {.text = "what is known beside the cause; may be empty"});
  fields.required("source", &D::source, {.text = "of the event that is responsible; null: none is"});
  fields.required("event", &D::event, {.text = "its time and values"});
  fields.required("position", &D::position, {.text = "of its push in the store; null: it is of a file"});
}

template <typename Fields>
void describe(Fields& fields, const ParityCauseCount*) {
  fields.name("ParityCause", "how many values differ for one cause");
  fields.required("cause", &ParityCauseCount::cause);
  fields.required("values", &ParityCauseCount::values, {.text = "whose first cause it is"});
  fields.required("involved", &ParityCauseCount::involved, {.text = "that need it, also beside other causes"});
}

template <typename Fields>
void describe(Fields& fields, const ParityCombination*) {
  fields.name("ParityCombination", "how many values need all of these causes");
  fields.required("causes", &ParityCombination::causes);
  fields.required("values", &ParityCombination::values);
}

template <typename Fields>
void describe(Fields& fields, const ParityFeatureCount*) {
  fields.name("ParityFeature", "how many values of a feature were compared");
  fields.required("feature", &ParityFeatureCount::feature);
  fields.required("compared", &ParityFeatureCount::compared);
  fields.required("different", &ParityFeatureCount::different);
}

template <typename Fields>
void describe(Fields& fields, const ParityReport*) {
  using R = ParityReport;
  fields.constant("format_version", kParityFormatVersion);
  fields.required("against", &R::against, {.text = "log: the events that the server took; batch: the sources' files"});
  fields.required("served_from", &R::served_from,
                  {.text = "feature log, server, or store: a store that no server has open, read as one would"});
  fields.required("sample", &R::sample, {.text = "share of the entities, from 0 to 1"});
  fields.required("entities", &R::entities, {.text = "that were looked at"});
  fields.required("reads", &R::reads, {.text = "an entity at an instant each"});
  fields.required("compared", &R::compared, {.text = "values"});
  fields.required("equal", &R::equal, {.text = "to the last bit"});
  fields.required("different", &R::different);
  fields.required("unexplained", &R::unexplained, {.text = "of those: by no cause that is known"});
  fields.required("not_comparable", &R::not_comparable,
                  {.text = "values whose events are no longer kept, or whose feature is no longer defined"});
  fields.required("causes", &R::causes, {.text = "those that were met"});
  fields.required("combinations", &R::combinations, {.text = "of causes that are needed together"});
  fields.required("features", &R::features);
  fields.required("differences", &R::differences,
                  {.text = "examples: the first of each cause, an event once for a feature"});
  fields.required("notes", &R::notes);
}

void ParityReport::count(const ParityTally& tally) {
  std::map<ParityCause, ParityCauseCount> by_cause;
  for (const auto& [needed, values] : tally) {
    ParityCombination& combination = combinations.emplace_back();
    combination.values = values;
    for (const ParityCause cause : needed) {
      combination.causes.emplace_back(to_string(cause));
      by_cause[cause].involved += values;
    }
    by_cause[needed.front()].values += values;
    different += values;
  }
  for (auto& [cause, numbers] : by_cause) {
    numbers.cause = to_string(cause);
    causes.push_back(numbers);
    if (cause == ParityCause::kUnexplained) unexplained = numbers.values;
  }
  equal = compared - different;
}

bool is_allowed(const ParityReport& report, const std::vector<std::string>& causes) {
  return std::ranges::all_of(report.combinations, [&](const ParityCombination& each) {
    return std::ranges::all_of(
        each.causes, [&](const std::string& cause) { return std::ranges::find(causes, cause) != causes.end(); });
  });
}

std::string to_json(const ParityReport& report) { return json_document(report); }

std::string parity_json_schema(const std::string& title) { return to_json(json_schema<ParityReport>(title)); }

}  // namespace headrace
