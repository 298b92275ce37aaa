#include "language/environments/environments.h"

#include "language/definitions/fields.h"
#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"
#include "language/environments/environment_fields.h"
#include "language/environments/environment_messages.h"
#include "language/environments/environment_outputs.h"
#include "language/yaml/yaml_tree.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr int64_t kThreadsMax = 256;
constexpr Duration kSyncEveryMin{1'000};
constexpr Duration kSyncEveryMax{60 * kMicrosPerSecond};

/// Whether a setting of librdkafka holds a secret.
bool is_secret(const std::string& name) {
  constexpr std::string_view kParts[] = {"password", "secret", ".pem", "jaas"};
  const bool is_public = name == "ssl.ca.pem" || name == "ssl.certificate.pem";
  return !is_public &&
         std::ranges::any_of(kParts, [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

std::optional<EnvironmentTls> read_tls(Fields& fields) {
  const YamlNode* node = mapping_of(fields, "tls", "a mapping with `certificate` and `private_key`");
  if (node == nullptr) return std::nullopt;
  Fields tls(*node, "`tls`", node->span(), {"certificate", "private_key"}, fields.diagnostics());
  const auto certificate = tls.required_text("certificate");
  const auto key = tls.required_text("private_key");
  if (!certificate || !key) return std::nullopt;
  return EnvironmentTls{{certificate->text, certificate->span}, {key->text, key->span}};
}

void read_settings(Fields& kafka, EnvironmentKafka& into) {
  const YamlNode* node = mapping_of(kafka, "settings", "a mapping from names of settings to texts");
  if (node == nullptr) return;
  Diagnostics& diagnostics = kafka.diagnostics();
  for (size_t i = 0; i + 1 < node->items.size(); i += 2) {
    const std::string& name = node->items[i]->text;
    const YamlNode& value = *node->items[i + 1];
    // Numbers and booleans are texts to librdkafka.
    if (!value.is_scalar() || value.is_null()) {
      report_kind(value, fmt::format("`{}`", name), "a text, a number or a boolean", diagnostics);
      continue;
    }
    if (is_secret(name) && !name.ends_with(kFileSuffix) && !is_variable(value.text)) {
      Diagnostic problem =
          make_diagnostic("N001", fmt::format("the secret `{}` is written into environments.yaml", name), value.span());
      problem.help = fmt::format("write the variable that has it, `{}: ${{VARIABLE}}`, or the file, `{}{}: PATH`", name,
                                 name, kFileSuffix);
      diagnostics.add(std::move(problem));
      continue;
    }
    into.settings[name] = {value.text, value.span()};
  }
}

std::optional<EnvironmentKafka> read_kafka(Fields& fields) {
  const YamlNode* node = mapping_of(fields, "kafka", "a mapping, `{}` where the sources say all");
  if (node == nullptr) return std::nullopt;
  EnvironmentKafka kafka;
  Fields own(*node, "`kafka`", node->span(), {"brokers", "group", "owner_topic", "registry", "settings"},
             fields.diagnostics());
  kafka.brokers = text_of(own, "brokers");
  kafka.group = text_of(own, "group");
  kafka.owner_topic = text_of(own, "owner_topic");
  kafka.registry = read_registry(own);
  read_settings(own, kafka);
  return kafka;
}

std::optional<EnvironmentPubSub> read_pubsub(Fields& fields) {
  const YamlNode* node = mapping_of(fields, "pubsub", "a mapping, `{}` where the sources say all");
  if (node == nullptr) return std::nullopt;
  Fields own(*node, "`pubsub`", node->span(), {"project", "endpoint", "credentials_file"}, fields.diagnostics());
  return EnvironmentPubSub{
      .project = text_of(own, "project"),
      .endpoint = text_of(own, "endpoint"),
      .credentials_file = text_of(own, "credentials_file"),
  };
}

/// `never`, or a duration.
std::optional<std::optional<Duration>> duration_or_never(Fields& fields, const char* name) {
  const YamlNode* node = fields.optional(name);
  if (node == nullptr) return std::nullopt;
  if (node->is_scalar() && node->text == "never") return std::make_optional(std::optional<Duration>());
  const auto duration = read_duration(*node, fmt::format("`{}`", name), fields.diagnostics());
  return duration ? std::make_optional(duration) : std::nullopt;
}

/// Which of two words stands there: whether it is the second. Nothing: none stands there, or another one does, which was told.
std::optional<bool> second_of(Fields& fields, const char* name, std::string_view first, std::string_view second) {
  const YamlNode* node = fields.optional(name);
  if (node == nullptr) return std::nullopt;
  const bool is_known = node->is_scalar() && (node->text == first || node->text == second);
  if (is_known) return node->text == second;
  const std::string what = fmt::format("`{}`", name), words = fmt::format("{} or {}", first, second);
  if (node->is_scalar() && !node->is_null()) {
    report_range(*node, what, words, fields.diagnostics());
  } else {
    report_kind(*node, what, words, fields.diagnostics());
  }
  return std::nullopt;
}

std::optional<std::string> read_role(Fields& fields) {
  const YamlNode* node = fields.optional("role");
  if (node == nullptr) return std::nullopt;
  constexpr std::string_view kRoles[] = {"alone", "standby", "replica"};
  if (node->is_scalar() && std::ranges::find(kRoles, node->text) != std::end(kRoles)) return node->text;
  report_range(*node, "`role`", "alone, standby or replica", fields.diagnostics());
  return std::nullopt;
}

void read_durability(Fields& fields, Environment& environment) {
  environment.is_synced_by_interval = second_of(fields, "durability", "sync", "interval");
  environment.sync_every = fields.optional_duration("sync_every");
  if (!environment.sync_every) return;
  const YamlNode& node = *fields.optional("sync_every");
  if (*environment.sync_every < kSyncEveryMin || *environment.sync_every > kSyncEveryMax) {
    report_range(node, "`sync_every`", "1ms to 60s", fields.diagnostics());
  }
  if (environment.is_synced_by_interval.value_or(false)) return;
  report_range(node, "`sync_every`", "beside `durability: interval`, or left out", fields.diagnostics());
}

std::optional<EnvironmentFill> read_fill(Fields& fields) {
  const YamlNode* node =
      mapping_of(fields, "fill", "a mapping with `before`, the instant at which the stream takes over");
  if (node == nullptr) return std::nullopt;
  Diagnostics& diagnostics = fields.diagnostics();
  Fields own(*node, "`fill`", node->span(), {"before", "quiet"}, diagnostics);
  EnvironmentFill fill;
  fill.quiet = own.optional_duration("quiet").value_or(Duration{0});
  const YamlNode* before = own.optional("before");
  if (before == nullptr) return fill;
  fill.before = before->is_scalar() ? parse_timestamp(before->text) : std::nullopt;
  if (fill.before) return fill;
  report_kind(*before, "`before`", "a time such as 2026-11-30T00:00:00Z", diagnostics);
  return std::nullopt;
}

void read_sources(Fields& fields, const std::vector<std::string>& known, Environment& environment) {
  const YamlNode* node = mapping_of(fields, "sources", "a mapping from names of sources to their settings");
  if (node == nullptr) return;
  Diagnostics& diagnostics = fields.diagnostics();
  for (size_t i = 0; i + 1 < node->items.size(); i += 2) {
    const YamlNode& name = *node->items[i];
    const YamlNode& body = *node->items[i + 1];

    // What is wrong with the name says nothing of its settings.
    if (std::ranges::find(known, name.text) == known.end()) {
      Diagnostic problem = make_diagnostic("N002", fmt::format("there is no source `{}`", name.text), name.span());
      problem.help = did_you_mean(name.text, known);
      diagnostics.add(std::move(problem));
    }
    if (!body.is_mapping()) {
      report_kind(body, fmt::format("`{}`", name.text), "a mapping", diagnostics);
      continue;
    }
    Fields own(body, fmt::format("source `{}`", name.text), name.span(),
               {"idle_after", "max_ahead", "ahead_events_max", "ahead_bytes_max", "on_bad_row", "dedupe_for", "fill",
                "subscription", "format", "framing", "schema_file", "descriptor_file", "message"},
               diagnostics);
    EnvironmentSource& source = environment.sources[name.text];
    source.idle_after = duration_or_never(own, "idle_after");
    source.max_ahead = duration_or_never(own, "max_ahead");
    source.ahead_events_max = read_limit(own, "ahead_events_max");
    source.ahead_bytes_max = read_limit(own, "ahead_bytes_max");
    source.stops_on_bad_row = second_of(own, "on_bad_row", "skip", "stop");
    source.dedupe_for = own.optional_duration("dedupe_for");
    source.fill = read_fill(own);
    source.subscription = text_of(own, "subscription");
    source.messages = read_messages(own, environment.kafka && environment.kafka->registry);
  }
}

Environment read_environment(const YamlNode& name, const YamlNode& body, const std::vector<std::string>& sources,
                             Diagnostics& diagnostics) {
  Environment environment;
  environment.name = name.text;
  Fields fields(
      body, fmt::format("environment `{}`", name.text), name.span(),
      {"role", "listen", "data", "tokens", "tls", "threads", "history", "keep", "checkpoint_every", "durability",
       "sync_every", "kafka", "pubsub", "redis", "values_file", "feature_log", "traces", "sources"},
      diagnostics);

  environment.role = read_role(fields);
  environment.listen = text_of(fields, "listen");
  environment.data = text_of(fields, "data");
  environment.tokens = text_of(fields, "tokens");
  environment.tls = read_tls(fields);
  environment.threads = fields.optional_integer("threads");
  if (environment.threads && (*environment.threads < 1 || *environment.threads > kThreadsMax)) {
    report_range(*fields.optional("threads"), "`threads`", fmt::format("1 to {}", kThreadsMax), diagnostics);
  }

  environment.history = fields.optional_duration("history");
  environment.keep = fields.optional_duration("keep");
  environment.checkpoint_every = fields.optional_duration("checkpoint_every");
  read_durability(fields, environment);
  environment.kafka = read_kafka(fields);
  environment.pubsub = read_pubsub(fields);
  environment.redis = read_redis(fields);
  environment.values_file = read_values_file(fields);
  environment.feature_log = read_feature_log(fields);
  environment.traces = read_traces(fields);
  read_sources(fields, sources, environment);
  return environment;
}

}  // namespace

const Environment* LoadedEnvironments::find(const std::string& name) const {
  const auto found = std::ranges::find(environments, name, &Environment::name);
  return found == environments.end() ? nullptr : &*found;
}

LoadedEnvironments load_environments(DefinitionFile file, const std::vector<std::string>& sources) {
  LoadedEnvironments loaded;
  loaded.files.push_back(std::move(file));
  const SourceText text(loaded.files.front().name, loaded.files.front().text);
  for (const YamlNodePtr& document : parse_yaml(text, loaded.diagnostics).documents) {
    if (!document->is_mapping()) {
      report_kind(*document, "environments.yaml", "a mapping from names of environments to their settings",
                  loaded.diagnostics);
      continue;
    }
    for (size_t i = 0; i + 1 < document->items.size(); i += 2) {
      const YamlNode& name = *document->items[i];
      const YamlNode& body = *document->items[i + 1];

      if (loaded.find(name.text) != nullptr) {
        loaded.diagnostics.add(
            make_diagnostic("D009", fmt::format("the environment `{}` is defined twice", name.text), name.span()));
      } else if (!body.is_mapping()) {
        report_kind(body, fmt::format("`{}`", name.text), "a mapping, `{}` for one with all defaults",
                    loaded.diagnostics);
      } else {
        loaded.environments.push_back(read_environment(name, body, sources, loaded.diagnostics));
      }
    }
  }
  return loaded;
}

}  // namespace headrace
