#include "delivery/change/change_text.h"

#include "delivery/change/change_json.h"
#include "delivery/change/compare_versions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

/// Of a count.
std::string with_commas(int64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string percent(double share) { return fmt::format("{:.3g} %", share * 100.0); }

std::string measured_text(const ValueDifference& each) {
  std::string out;
  if (each.null_before_only + each.null_now_only > 0) {
    out += fmt::format("    null before only {}, null now only {}\n", with_commas(each.null_before_only),
                       with_commas(each.null_now_only));
  }
  if (each.absolute_max > 0.0) {
    out += fmt::format("    by {:.6g} at most, {:.6g} in the mean; {} of the value before at most\n", each.absolute_max,
                       each.absolute_mean, percent(each.relative_max));
  }
  for (const auto& [name, side] : {std::pair("before", &each.before), std::pair("now   ", &each.now)}) {
    if (!side->has_value() || (*side)->quantiles.empty()) continue;
    const std::vector<double>& q = (*side)->quantiles;
    out += fmt::format(
        "    {}  mean {:.6g}; 1 % {:.6g}, 5 % {:.6g}, 25 % {:.6g}, half {:.6g}, 75 % {:.6g}, 95 % {:.6g}, "
        "99 % {:.6g}\n",
        name, (*side)->mean, q[0], q[1], q[2], q[3], q[4], q[5], q[6]);
  }
  for (const WorstRow& row : each.worst) {
    out +=
        fmt::format("    {} at {}: {}, was {}\n", row.key, to_string(row.time), to_json(row.now), to_json(row.before));
  }
  return out;
}

}  // namespace

std::string head_line(const DefinitionChange& change) {
  if (change.is_empty()) return fmt::format("Nothing changes against {}.", change.base.name);
  const std::string sources = change.sources.empty() ? "" : fmt::format(", {} of sources", change.sources.size());
  return fmt::format("{} of features{} against {}; {} stay as they were.",
                     change.features.size() == 1 ? "1 change" : fmt::format("{} changes", change.features.size()),
                     sources, change.base.name, with_commas(change.unchanged));
}

std::string version_text(const FeatureChange& change) {
  if (change.version_now.empty()) return change.version_before;
  if (change.version_before.empty() || change.version_before == change.version_now) return change.version_now;
  return fmt::format("{}, was {}", change.version_now, change.version_before);
}

std::string difference_text(const ValueDifference& each) {
  if (each.rows == 0) return "no row to compare";
  if (each.differing == 0) return fmt::format("all {} values are equal", with_commas(each.rows));
  return fmt::format("{} of {} values differ ({}), of {} of {} keys", with_commas(each.differing),
                     with_commas(each.rows),
                     percent(static_cast<double>(each.differing) / static_cast<double>(each.rows)),
                     with_commas(each.keys_differing), with_commas(each.keys));
}

std::string segment_text(const ValueDifference& each) {
  if (!each.segment || each.differing == 0) return "";
  return fmt::format("most of it where {} is {}: {} of {} rows there differ, {} of all that do", each.segment->of,
                     each.segment->value, with_commas(each.segment->differing), with_commas(each.segment->rows),
                     percent(static_cast<double>(each.segment->differing) / static_cast<double>(each.differing)));
}

std::string work_text(const BackfillWork& work) {
  std::string of = fmt::format("{} of {}", fmt::join(work.features, ", "), work.entity);
  if (!work.bytes) return of + ": its files cannot be read here";
  const std::string rows = work.rows ? with_commas(*work.rows) + " rows, " : "";
  return fmt::format("{}: {}{} bytes of files to read", of, rows, with_commas(*work.bytes));
}

std::string to_text(const ValueReport& report) {
  std::string out = fmt::format("Values: {} of the keys, {} rows", percent(report.sample), with_commas(report.rows));
  if (report.start && report.end) {
    out += fmt::format(", {} to {}", to_string(*report.start), to_string(*report.end));
  }
  out += "\n";
  for (const ValueDifference& each : report.features) {
    out += fmt::format("  {}: {}\n", each.feature, difference_text(each));
    if (each.differing == 0) continue;
    if (const std::string where = segment_text(each); !where.empty()) out += "    " + where + "\n";
    out += measured_text(each);
  }
  return out;
}

std::string to_text(const DefinitionChange& change) {
  std::string out = head_line(change) + "\n";
  for (const FeatureChange& each : change.features) {
    out += fmt::format("\n{} {}: {}\n", each.feature, version_text(each), to_string(each.kind));
    for (const std::string& reason : each.reasons) out += "  " + reason + "\n";
    if (each.state) out += fmt::format("  state: {}\n", to_string(*each.state));
  }
  for (const ChangedSource& each : change.sources) {
    out += fmt::format("\nsource {}: {}\n", each.source, fmt::join(each.changes, "; "));
    for (const std::string& effect : each.effects) out += "  " + effect + "\n";
    if (!each.features.empty()) out += fmt::format("  read by {}\n", fmt::join(each.features, ", "));
  }

  if (!change.owners.empty()) out += "\nOwners whose readers may notice:\n";
  for (const OwnerChange& each : change.owners)
    out += fmt::format("  {}: {}\n", each.owner, with_commas(each.features));
  if (!change.work.empty()) out += "\nTo backfill:\n";
  for (const BackfillWork& each : change.work) out += "  " + work_text(each) + "\n";
  if (change.values) {
    out += "\n" + to_text(*change.values);
    for (const ValueDifference& each : change.values->features) {
      const auto of = [&](const FeatureChange& feature) { return feature.feature == each.feature; };
      const auto found = std::find_if(change.features.begin(), change.features.end(), of);
      const bool is_unsaid = found != change.features.end() && changes_values(found->kind) && !found->expected;
      const std::string proposed = is_unsaid && each.differing > 0 ? proposed_expectation(each) : "";
      if (!proposed.empty()) out += fmt::format("  {} may say {}\n", each.feature, proposed);
    }
  }

  if (!change.notes.empty()) out += "\n";
  for (const std::string& note : change.notes) out += "note: " + note + "\n";
  if (!change.problems.empty()) out += "\nNot to be applied as it stands:\n";
  for (const std::string& problem : change.problems) out += "  " + problem + "\n";
  out += fmt::format("\nplan {} from {} to {}\n", change.digest.substr(0, 12), change.digest_before.substr(0, 12),
                     change.digest_now.substr(0, 12));
  return out;
}

std::string to_json(const DefinitionChange& change) { return json_document(change); }

}  // namespace headrace
