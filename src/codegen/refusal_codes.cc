#include "codegen/refusal_codes.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

using enum Severity;

constexpr CodeEntry kRefusalCodes[] = {
    {"G001", kError, "an aggregation that the target cannot compute",
     "The generated code gives the engine's values or nothing. Sketches and decaying means of the engine have no equal "
     "in "
     "SQL.",
     "`headrace generate sql` of a feature with `aggregation: approx_percentile`.",
     "Use the exact aggregation (`percentile`), or generate the feature for a target that has it (`generate beam`)."},
    {"G002", kError, "a window that the target cannot say",
     "The target has no form for the window with the aggregation whose edges and ties are the same.",
     "A session window in a dialect without window frames.", "Use another window, or another target."},
    {"G003", kError, "a function that the target cannot say",
     "A function of the formula has no equal in the target: same values, same nulls, same errors.",
     "`headrace generate sql` of a formula with a function that the dialect lacks.",
     "Write the formula with other functions, or generate the feature for another target."},
    {"G004", kError, "a source that the target cannot read",
     "What runs the generated code reads and writes files, and the source or the output is none; or `batch` says how "
     "the files are written (`delimiter`, `decimal`, `time_format` and so on), and generated code reads the common "
     "form "
     "only.",
     "A generated Beam pipeline, when it starts: `--kernel native` with a source or an output in BigQuery, or a "
     "BigQuery "
     "path that is not `bigquery://PROJECT.DATASET.TABLE`. A source without `batch` is generated: it is read from its "
     "stream, or from what `--source NAME=PATH` names.",
     "Leave `--kernel native` out, or name files; the values are the same."},
    {"G005", kError, "a feature that depends on the order of arrival",
     "Among events of one time the feature takes the one that arrived last, and the target delivers rows in no order: "
     "the "
     "source has no column that says it.",
     "`aggregation: last` in a Beam pipeline over a Pub/Sub source without `arrival`. (SQL for BigQuery is generated, "
     "and "
     "fails by the feature's name where events of one time differ.)",
     "Name a column that rises as events arrive: `arrival: seq` in the source. Or leave the feature out."},
    {"G006", kError, "a feature that uses a refused one", "A feature that it uses cannot be generated for the target.",
     "A derived feature of an `approx_percentile` in SQL.",
     "Follow the help of the feature that it uses, or leave both out."},
    {"G007", kError, "a name that the target takes for itself",
     "The target has a column or an object of that name, so that the feature would be lost or another value stand in "
     "its place.",
     "A feature called `day`, `month` or `year` in Feast: the folders of the offline store are a column of that name "
     "there.",
     "Choose another name, or leave the feature out."},
    {"G008", kError, "an entity with keys that the target cannot have", "The target has no keys of that type.",
     "An entity whose key is declared as `timestamp`, in Feast.", "Declare the key as `string` or `int64`."},
    {"G009", kError, "a name that the target cannot show",
     "The name of a column holds characters that nobody sees or that turn the text around it, and the target has no "
     "escapes "
     "in names: code that reads otherwise than it runs is not written.",
     "A column whose name holds U+202E, in SQL.", "Rename the column, or generate the feature for `beam`."},
};

}  // namespace

const std::vector<CodeEntry>& refusal_codes() {
  static const std::vector<CodeEntry> codes(std::begin(kRefusalCodes), std::end(kRefusalCodes));
  return codes;
}

/// A long chain of features ends in the one reason that all of them have.
Refusal refusal_of_user(const std::string& feature, const Refusal& used) {
  constexpr std::string_view kBefore = "which is refused: ";
  std::string_view reason = used.message;
  if (used.code == "G006") reason.remove_prefix(reason.find(kBefore) + kBefore.size());
  return {feature, "G006", fmt::format("it uses `{}`, {}{}", used.feature, kBefore, reason), ""};
}

std::vector<std::string> words_of_own_form(const PlanSource& source) {
  std::vector<std::string> words;
  if (!source.batch) return words;
  const TextForm& form = source.batch->text;
  const TextForm common;
  const auto add = [&](std::string_view key, bool is_common) {
    if (!is_common) words.push_back(fmt::format("`{}`", key));
  };
  add("delimiter", form.delimiter == common.delimiter);
  add("decimal", form.decimal == common.decimal);
  add("quote", form.quote == common.quote);
  add("header", form.has_header);
  add("encoding", form.encoding == common.encoding);
  add("nulls", form.nulls.empty());
  add("time_format", form.time_format.empty());
  add("constants", source.batch->constants.empty());
  return words;
}

std::optional<Refusal> refusal_of_form(const Plan& plan, const PlanFeature& feature, std::string_view target,
                                       const std::function<std::vector<std::string>(const PlanSource&)>& unread) {
  std::vector<size_t> sources = {feature.source};
  if (!feature.is_derived()) sources.push_back(plan.series_of(feature).source);
  for (const size_t index : sources) {
    const PlanSource& source = plan.sources[index];
    const std::vector<std::string> words = unread(source);
    if (words.empty()) continue;
    return Refusal{
        feature.name, "G004",
        fmt::format("{} does not read the files of source `{}` by {}", target, source.name, fmt::join(words, ", ")),
        "write the files in the common form (commas, decimal points, RFC 3339), or as Parquet with all columns in "
        "them"};
  }
  return std::nullopt;
}

Diagnostic refusal_diagnostic(const Refusal& refusal, Span place) {
  const auto& codes = refusal_codes();
  const auto entry =
      std::find_if(codes.begin(), codes.end(), [&](const CodeEntry& each) { return each.code == refusal.code; });
  CHECK(entry != codes.end());
  Diagnostic out;
  out.code = refusal.code;
  out.severity = entry->severity;
  out.message = refusal.message;
  out.span = std::move(place);
  out.help = refusal.help.empty() ? std::string(entry->fix) : refusal.help;
  return out;
}

}  // namespace headrace
