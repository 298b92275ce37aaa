#include "codegen/beam/project_texts.h"

#include "base/hash.h"
#include "base/version.h"
#include "codegen/beam/beam_templates.h"
#include "codegen/filled_template.h"
#include "codegen/visible_text.h"
#include "data/json/json_form.h"

#include <fmt/format.h>

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

/// One of the values that a parameter can have.
struct FlexChoice {
  std::string value;
};

template <typename Fields>
void describe(Fields& fields, const FlexChoice*) {
  fields.required("value", &FlexChoice::value);
}

/// A parameter of the Flex Template, in Dataflow's words.
struct FlexParameter {
  std::string name;
  std::string label;
  std::string help;
  std::string pattern = {};
  std::vector<FlexChoice> choices = {};  // a parameter that has them has to be given
};

template <typename Fields>
void describe(Fields& fields, const FlexParameter*) {
  fields.required("name", &FlexParameter::name);
  fields.required("label", &FlexParameter::label);
  fields.required("helpText", &FlexParameter::help);
  fields.computed("isOptional", [](const FlexParameter& parameter) { return parameter.choices.empty(); });
  fields.computed_optional("regexes", [](const FlexParameter& parameter) {
    return parameter.pattern.empty() ? std::vector<std::string>() : std::vector<std::string>{parameter.pattern};
  });
  fields.computed_optional(
      "paramType", [](const FlexParameter& parameter) { return std::string(parameter.choices.empty() ? "" : "ENUM"); });
  fields.optional("enumOptions", &FlexParameter::choices);
}

struct FlexTemplate {
  std::string name;
  std::string description;
  std::vector<FlexParameter> parameters;
};

template <typename Fields>
void describe(Fields& fields, const FlexTemplate*) {
  fields.required("name", &FlexTemplate::name);
  fields.required("description", &FlexTemplate::description);
  fields.computed("supportsAtLeastOnce", [](const FlexTemplate&) { return true; });
  fields.computed("supportsExactlyOnce", [](const FlexTemplate&) { return true; });
  fields.required("parameters", &FlexTemplate::parameters);
}

std::vector<FlexParameter> flex_parameters() {
  constexpr const char* kTopic = "^[^/]+/[^/]+$";
  return {
      {"mode", "Mode", "What to compute", "^(backfill|dataset|stream)$", {{"backfill"}, {"dataset"}, {"stream"}}},
      {"output", "Output",
       "backfill, dataset: folder for the Parquet files, such as gs://bucket/features, or "
       "bigquery://PROJECT.DATASET"},
      {"base", "Base", "Folder that the paths of the sources are relative to"},
      {"source", "Source", "NAME=PATH: reads a source from other files or from bigquery://PROJECT.DATASET.TABLE",
       "^[^=]+=.+$"},
      {"entity", "Entity", "Only this entity"},
      {"features", "Features", "Only these features, separated by commas"},
      {"observations", "Observations", "dataset: a Parquet, CSV or NDJSON file of keys and times"},
      {"time_column", "Time column", "dataset: the observations' column of times"},
      {"start", "Start", "backfill: the first instant, RFC 3339"},
      {"end", "End", "backfill: the instant after the last, RFC 3339"},
      {"every", "Every", "backfill: rows on a grid, such as 1h, instead of at each event; needs End",
       "^[1-9][0-9]*(ms|s|m|h|d|w)$"},

      {"redis", "Redis", "stream: HOST:PORT to write rows to, or rediss://HOST:PORT for TLS", "^(rediss?://)?[^/@]+$"},
      {"redis_user", "Redis user", "stream: Redis's user; by default its default one"},
      {"redis_password_file", "Redis password file",
       "stream: a file, such as gs://bucket/redis-password, with the password in its first line"},
      {"redis_project", "Redis project", "stream: Feast's project"},
      {"redis_view", "Redis view", "stream: Feast's feature view"},
      {"redis_ttl_s", "Redis time to live", "stream: seconds after which an entity without rows is forgotten",
       "^[0-9]+$"},
      {"stream_cache_mb", "Memory for keys", "stream: megabytes of keys that each thread of a worker remembers",
       "^[0-9]+$"},
      {"kafka", "Kafka", "stream: BROKERS/TOPIC to write rows to", kTopic},
      {"bigquery", "BigQuery", "stream: bigquery://PROJECT.DATASET to write rows to", "^bigquery://.+$"},
      {"late", "Late events", "stream: BROKERS/TOPIC for events that came too late, or bigquery://PROJECT.DATASET",
       "^([^/]+/[^/]+|bigquery://.+)$"},
      {"bad_messages", "Bad messages", "stream: BROKERS/TOPIC for messages that cannot be read", kTopic},
      {"kafka_config", "Kafka's settings",
       "stream: a file, such as gs://bucket/client.properties, of settings of Kafka's clients"},
      {"expansion_service", "Expansion service",
       "stream: HOST:PORT of the service that expands Kafka's transforms; by default the launcher starts its own",
       "^[^:/]+:[0-9]+$"},
      {"pubsub_time_attribute", "Pub/Sub time attribute",
       "stream: the attribute of messages that has their event times"},
  };
}

}  // namespace

std::string readme_text(const KeptPlan& kept) {
  return filled_template(text_of(beam_templates(), "README.md.in"),
                         {{"project", kept.plan.project.empty() ? "features" : markdown_text(kept.plan.project)},
                          {"features", feature_table(kept)},
                          {"digest", sha256_hex(to_json(kept.plan))}});
}

std::string native_requirements() {
  return filled_template(text_of(beam_templates(), "requirements-native.txt.in"), {{"version", std::string(kVersion)}});
}

std::string digests_json(const KeptPlan& kept) {
  std::vector<std::pair<std::string, std::string>> digests;
  for (size_t i : kept.outputs) digests.emplace_back(kept.plan.features[i].name, kept.plan.features[i].digest);
  return json_document(digests, JsonLayout::kIndentedAscii);
}

std::string flex_template_metadata(const KeptPlan& kept) {
  const std::string project = kept.plan.project.empty() ? "features" : kept.plan.project;
  return json_document(FlexTemplate{.name = project,
                                    .description = "Features of " + project + " by Headrace; plan " +
                                                   sha256_hex(to_json(kept.plan)).substr(0, 16),
                                    .parameters = flex_parameters()},
                       JsonLayout::kIndentedAscii);
}

}  // namespace headrace
