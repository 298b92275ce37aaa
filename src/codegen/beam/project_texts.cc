#include "codegen/beam/project_texts.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/version.h"
#include "codegen/beam/beam_template.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace headrace {
namespace {

/// Puts a text in the place of `{{name}}`.
void fill(std::string& text, std::string_view name, const std::string& value) {
  const std::string mark = fmt::format("{{{{{}}}}}", name);
  const size_t at = text.find(mark);
  CHECK(at != std::string::npos);
  text.replace(at, mark.size(), value);
}

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
  fill(text, "project", kept.plan.project.empty() ? "features" : kept.plan.project);
  fill(text, "features", feature_table(kept));
  fill(text, "digest", sha256_hex(to_json(kept.plan)));
  return text;
}

std::string native_requirements() {
  return fmt::format(
      "# For --kernel native, on the machine that starts the pipeline and on its workers (Linux, x86-64 with AVX2).\n"
      "# Not in a package index: `pip wheel python/headrace-kernel` in a checkout of Headrace makes the wheel.\n"
      "-r requirements.txt\nheadrace-kernel=={}\n",
      kVersion);
}

std::string digests_json(const KeptPlan& kept) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (size_t i : kept.outputs) out[kept.plan.features[i].name] = kept.plan.features[i].digest;
  return out.dump(2) + "\n";
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
