#include "codegen/beam/project_texts.h"

#include "base/hash.h"
#include "base/version.h"
#include "codegen/beam/beam_templates.h"
#include "codegen/filled_template.h"
#include "codegen/visible_text.h"

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

/// A parameter that has to be given says so; the others are optional.
nlohmann::ordered_json parameter(std::string_view name, std::string_view label, std::string_view help,
                                 std::string_view pattern = "") {
  nlohmann::ordered_json out = {{"name", name}, {"label", label}, {"helpText", help}, {"isOptional", true}};
  if (!pattern.empty()) out["regexes"] = {pattern};
  return out;
}

nlohmann::ordered_json mode_parameter() {
  nlohmann::ordered_json out = parameter("mode", "Mode", "What to compute", "^(backfill|dataset|stream)$");
  out["isOptional"] = false;
  out["paramType"] = "ENUM";
  for (const char* mode : {"backfill", "dataset", "stream"}) out["enumOptions"].push_back({{"value", mode}});
  return out;
}

}  // namespace

std::string readme_text(const KeptPlan& kept) {
  return filled_template(text_of(beam_templates(), "README.md.in"),
                         {{"project", kept.plan.project.empty() ? "features" : markdown_text(kept.plan.project)},
                          {"features", feature_table(kept)},
                          {"digest", sha256_hex(to_json(kept.plan))}});
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
  return out.dump(2, ' ', true) + "\n";
}

std::string flex_template_metadata(const KeptPlan& kept) {
  nlohmann::ordered_json out;
  const std::string project = kept.plan.project.empty() ? "features" : kept.plan.project;
  out["name"] = project;
  out["description"] = "Features of " + project + " by Headrace; plan " + sha256_hex(to_json(kept.plan)).substr(0, 16);
  constexpr std::string_view kTopic = "^[^/]+/[^/]+$";
  out["supportsAtLeastOnce"] = true;
  out["supportsExactlyOnce"] = true;
  out["parameters"] = {
      mode_parameter(),
      parameter("output", "Output",
                "backfill, dataset: folder for the Parquet files, such as gs://bucket/features, or "
                "bigquery://PROJECT.DATASET"),
      parameter("base", "Base", "Folder that the paths of the sources are relative to"),
      parameter("source", "Source",
                "NAME=PATH: reads a source from other files or from bigquery://PROJECT.DATASET.TABLE", "^[^=]+=.+$"),
      parameter("entity", "Entity", "Only this entity"),
      parameter("features", "Features", "Only these features, separated by commas"),
      parameter("observations", "Observations", "dataset: a Parquet, CSV or NDJSON file of keys and times"),
      parameter("time_column", "Time column", "dataset: the observations' column of times"),
      parameter("start", "Start", "backfill: the first instant, RFC 3339"),
      parameter("end", "End", "backfill: the instant after the last, RFC 3339"),
      parameter("every", "Every", "backfill: rows on a grid, such as 1h, instead of at each event; needs End",
                "^[1-9][0-9]*(ms|s|m|h|d|w)$"),

      parameter("redis", "Redis", "stream: HOST:PORT to write rows to, or rediss://HOST:PORT for TLS",
                "^(rediss?://)?[^/@]+$"),
      parameter("redis_user", "Redis user", "stream: Redis's user; by default its default one"),
      parameter("redis_password_file", "Redis password file",
                "stream: a file, such as gs://bucket/redis-password, with the password in its first line"),
      parameter("redis_project", "Redis project", "stream: Feast's project"),
      parameter("redis_view", "Redis view", "stream: Feast's feature view"),
      parameter("redis_ttl_s", "Redis time to live", "stream: seconds after which an entity without rows is forgotten",
                "^[0-9]+$"),
      parameter("kafka", "Kafka", "stream: BROKERS/TOPIC to write rows to", kTopic),
      parameter("bigquery", "BigQuery", "stream: bigquery://PROJECT.DATASET to write rows to", "^bigquery://.+$"),
      parameter("late", "Late events",
                "stream: BROKERS/TOPIC for events that came too late, or bigquery://PROJECT.DATASET",
                "^([^/]+/[^/]+|bigquery://.+)$"),
      parameter("bad_messages", "Bad messages", "stream: BROKERS/TOPIC for messages that cannot be read", kTopic),
      parameter("kafka_config", "Kafka's settings",
                "stream: a file, such as gs://bucket/client.properties, of settings of Kafka's clients"),
      parameter(
          "expansion_service", "Expansion service",
          "stream: HOST:PORT of the service that expands Kafka's transforms; by default the launcher starts its own",
          "^[^:/]+:[0-9]+$"),
      parameter("pubsub_time_attribute", "Pub/Sub time attribute",
                "stream: the attribute of messages that has their event times"),
  };
  return out.dump(2, ' ', true) + "\n";
}

}  // namespace headrace
