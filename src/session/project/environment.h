#pragma once

/// The environment in which a repository is served: environments.yaml as it holds for this run, with variables replaced and
/// paths that can be opened.

#include "language/environments/environments.h"
#include "session/project/session.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

inline constexpr char kEnvironmentsFile[] = "environments.yaml";
inline constexpr char kDefaultEnvironment[] = "dev";
/// A sync takes a disk some milliseconds: it is busy with them for a small share of the time, and what a machine that stops can
/// take away is what a person does not notice.
inline constexpr Duration kDefaultSyncEvery{100'000};

struct RegistryEnvironment {
  std::string url, user, password, ca;  // empty: not said
};

struct KafkaEnvironment {
  std::string brokers;  // empty: those of each source
  std::string group;
  std::string owner_topic;                      // empty: that of the sources, which have one
  std::optional<RegistryEnvironment> registry;  // nothing: there is none
  std::map<std::string, std::string> settings;  // of librdkafka
};

struct PubSubEnvironment {
  std::string project, endpoint;  // empty: not said
  std::string credentials;        // the text of the key's file; empty: not said
};

/// What the messages of a source are made of; files are paths that can be opened, or empty.
struct MessagesEnvironment {
  MessageFormat format = MessageFormat::kJson;
  bool is_framed = false;
  std::string schema_file, descriptor_file, message;
};

struct RedisEnvironment {
  std::string address, user, password, ca, project;  // empty: not said
  std::optional<Duration> refresh, expire_after;
};

struct ValuesFileEnvironment {
  std::string path;
  std::optional<Duration> refresh;
};

/// Absent where reads are not logged.
struct FeatureLogEnvironment {
  double sample = 0;
  std::string folder;  // empty: not said
  std::optional<Duration> every, keep;
  std::optional<int64_t> rows_max, bytes_max;
};

struct TracesEnvironment {
  std::string endpoint;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<double> sample;
};

struct ServedEnvironment {
  std::string name;
  std::string role;                                            // empty: not said
  std::string listen, data, tokens, certificate, private_key;  // empty: not said
  int64_t threads = 0;                                         // 0: not said
  std::optional<Duration> history, keep, checkpoint_every;
  std::optional<Duration> sync_every;                         // nothing: each push is synced
  std::optional<KafkaEnvironment> kafka;                      // nothing: no topic is read
  std::optional<PubSubEnvironment> pubsub;                    // nothing: no subscription is read
  std::optional<RedisEnvironment> redis;                      // nothing: none is kept
  std::optional<ValuesFileEnvironment> values_file;           // likewise
  std::optional<FeatureLogEnvironment> feature_log;           // nothing: reads are not logged
  std::optional<TracesEnvironment> traces;                    // nothing: none are sent
  std::map<std::string, std::optional<Duration>> idle_after;  // by source, where it is said
  std::map<std::string, std::optional<Duration>> max_ahead;   // likewise
  std::map<std::string, Duration> dedupe_for;                 // likewise
  std::map<std::string, int64_t> ahead_events_max;            // likewise
  std::map<std::string, int64_t> ahead_bytes_max;             // likewise
  std::map<std::string, bool> stops_on_bad_row;               // likewise
  std::map<std::string, EnvironmentFill> fill;                // likewise
  std::map<std::string, std::string> subscriptions;           // likewise
  std::map<std::string, MessagesEnvironment> messages;        // by source, of those that `sources` has
};

/// The file of the project; without one there are no environments. Problems in it are no Error: see the diagnostics.
Result<LoadedEnvironments> read_environments(const Session& session);

/// The environment of a name; empty: `dev`, which need not be written. An unknown name is kNotFound; a variable that is not
/// set, and a file of a secret that cannot be read, are Errors with their place. REQUIRES: no errors in the diagnostics.
Result<ServedEnvironment> serve_environment(const LoadedEnvironments& loaded, const Session& session,
                                            const std::string& name);

}  // namespace headrace
