#pragma once

/// environments.yaml: what differs between the places where a repository is served, while definitions stay the same.
///
///   dev:
///     listen: 127.0.0.1:7077
///   prod:
///     data: ../state
///     kafka: {brokers: "${BROKERS}", settings: {sasl.password_file: secrets/kafka}, registry: {url: "${REGISTRY}"}}
///     sources: {telemetry: {idle_after: 1m, format: avro}}
///
/// Values are as written: `${VARIABLE}` is replaced by whoever uses them. A secret is never written here, only the
/// variable or the file that has it.

#include "data/time.h"
#include "language/diagnostics/definition_file.h"
#include "language/diagnostics/diagnostic.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// Text as written, with its place.
struct EnvironmentText {
  std::string text;
  Span span;
};

struct EnvironmentTls {
  EnvironmentText certificate;
  EnvironmentText private_key;
};

/// Where the schemas of messages are, by Confluent's REST form.
struct EnvironmentRegistry {
  EnvironmentText url;
  std::optional<EnvironmentText> user, password, password_file, ca;
};

struct EnvironmentKafka {
  std::optional<EnvironmentText> brokers;  // nothing: those of each source
  std::optional<EnvironmentText> group;
  std::optional<EnvironmentText> owner_topic;  // by which servers that share the environment find their owner
  std::optional<EnvironmentRegistry> registry;
  /// Of librdkafka, by name; a name that ends in `_file` is the setting without it, from a file.
  std::map<std::string, EnvironmentText> settings;
};

/// Where subscriptions of Google Pub/Sub are read.
struct EnvironmentPubSub {
  std::optional<EnvironmentText> project;   // nothing: that of each source
  std::optional<EnvironmentText> endpoint;  // HOST:PORT; nothing: Google's
  std::optional<EnvironmentText> credentials_file;
};

struct EnvironmentRedis {
  std::optional<EnvironmentText> address, user, password, password_file, ca, project;
  std::optional<Duration> refresh, expire_after;
};

/// Newest values for programs on this machine.
struct EnvironmentValuesFile {
  std::optional<EnvironmentText> path;
  std::optional<Duration> refresh;
};

/// Which reads are kept in files.
struct EnvironmentFeatureLog {
  double sample = 0;  // above 0, at most 1
  std::optional<EnvironmentText> folder;
  std::optional<Duration> every, keep;
  std::optional<int64_t> rows_max, bytes_max;
};

/// How a source goes over from its files to its stream.
struct EnvironmentFill {
  std::optional<EventTime> before;  // nothing: from when on its topic is complete
  Duration quiet{0};
};

/// Where spans of requests are sent.
struct EnvironmentTraces {
  EnvironmentText endpoint;
  /// By name; one that ends in `_file` is the header without it, from a file.
  std::map<std::string, EnvironmentText> headers;
  std::optional<double> sample;  // above 0, at most 1
};

/// What the messages of a topic are made of.
enum class MessageFormat : uint8_t { kJson, kAvro, kProtobuf };
/// "json", "avro", "protobuf".
std::string_view to_string(MessageFormat format);

struct EnvironmentMessages {
  MessageFormat format = MessageFormat::kJson;
  bool is_framed = false;                          // in Confluent's frame
  std::optional<EnvironmentText> schema_file;      // of Avro; nothing: those of the registry
  std::optional<EnvironmentText> descriptor_file;  // of Protobuf; nothing: likewise
  std::string message;                             // beside it: the full name of the type
};

struct EnvironmentSource {
  std::optional<bool> stops_on_bad_row;
  std::optional<int64_t> ahead_events_max, ahead_bytes_max;
  /// Nothing: never. Absent as a whole: the default.
  std::optional<std::optional<Duration>> idle_after;
  std::optional<std::optional<Duration>> max_ahead;  // likewise
  std::optional<Duration> dedupe_for;
  std::optional<EnvironmentText> subscription;  // instead of the definition's
  std::optional<EnvironmentFill> fill;          // nothing: it is not filled from its files
  EnvironmentMessages messages;
};

struct Environment {
  std::string name;
  std::optional<std::string> role;  // alone, standby or replica
  std::optional<EnvironmentText> listen;
  std::optional<EnvironmentText> data;
  std::optional<EnvironmentText> tokens;
  std::optional<EnvironmentTls> tls;
  std::optional<int64_t> threads;
  std::optional<Duration> history, keep, checkpoint_every;
  std::optional<bool> is_synced_by_interval;
  std::optional<Duration> sync_every;  // of an interval
  std::optional<EnvironmentKafka> kafka;
  std::optional<EnvironmentPubSub> pubsub;
  std::optional<EnvironmentRedis> redis;
  std::optional<EnvironmentValuesFile> values_file;
  std::optional<EnvironmentFeatureLog> feature_log;
  std::optional<EnvironmentTraces> traces;
  std::map<std::string, EnvironmentSource> sources;
};

struct LoadedEnvironments {
  std::vector<Environment> environments;
  Diagnostics diagnostics;
  std::vector<DefinitionFile> files;  // for showing lines in messages

  /// Null: there is none of that name.
  const Environment* find(const std::string& name) const;
};

/// `sources`: the names of the repository's sources.
LoadedEnvironments load_environments(DefinitionFile file, const std::vector<std::string>& sources);

/// JSON Schema, draft 2020-12, of the file.
std::string environments_json_schema();

}  // namespace headrace
