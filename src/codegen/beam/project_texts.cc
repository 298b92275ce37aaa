#include "codegen/beam/project_texts.h"

#include "base/check.h"
#include "base/hash.h"
#include "codegen/beam/beam_template.h"
#include "codegen/filled_template.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace headrace {
namespace {

std::string feature_table(const KeptPlan& kept) {
  std::string out = "| entity | feature | type | version |\n|---|---|---|---|\n";
  for (size_t i : kept.outputs) {
    const PlanFeature& feature = kept.plan.features[i];
    out += fmt::format("| {} | `{}` | {} | {} |\n", kept.plan.entities[feature.entity].name, feature.name,
                       to_string(feature.type), feature.version);
  }
  return out;
}

nlohmann::ordered_json parameter(std::string_view name, std::string_view label, std::string_view help,
                                 bool is_optional) {
  return {{"name", name}, {"label", label}, {"helpText", help}, {"isOptional", is_optional}};
}

}  // namespace

std::string readme_text(const KeptPlan& kept) {
  std::string text(beam_template("README.md.in"));
  CHECK(!text.empty());
  fill_template(text, "project", kept.plan.project.empty() ? "features" : kept.plan.project);
  fill_template(text, "features", feature_table(kept));
  fill_template(text, "digest", sha256_hex(to_json(kept.plan)));
  return text;
}

std::string flex_template_metadata(const KeptPlan& kept) {
  nlohmann::ordered_json out;
  const std::string project = kept.plan.project.empty() ? "features" : kept.plan.project;
  out["name"] = project;
  out["description"] = "Features of " + project + " by Headrace; plan " + sha256_hex(to_json(kept.plan)).substr(0, 16);
  out["parameters"] = {
      parameter("mode", "Mode", "backfill or dataset", false),
      parameter("output", "Output", "Folder for the Parquet files, for example gs://bucket/features", false),
      parameter("base", "Base", "Folder that the paths of the sources are relative to", true),
      parameter("source", "Source", "NAME=PATH: reads a source from elsewhere", true),
      parameter("entity", "Entity", "Only this entity", true),
      parameter("features", "Features", "Only these features, separated by commas", true),
      parameter("observations", "Observations", "dataset: a Parquet, CSV or NDJSON file of keys and times", true),
      parameter("time_column", "Time column", "dataset: the observations' column of times", true),
      parameter("from", "From", "backfill: the first instant, RFC 3339", true),
      parameter("to", "To", "backfill: the instant after the last, RFC 3339", true),
  };
  return out.dump(2) + "\n";
}

}  // namespace headrace
