#pragma once

/// Values that were served: out of a feature log, or read from a server at chosen instants.

#include "session/live/live_features.h"
#include "session/parity/parity_events.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// A feature of a read.
struct ServedCell {
  size_t feature = 0;  // of the plan
  Value value;         // of the feature's type
  std::string version;
  std::string digest;  // its first digits; empty: not told
};

/// One entity at one instant, as it was told.
struct ServedRead {
  std::string key;  // key_text()
  EventTime at;
  std::optional<uint64_t> position;  // the first push that the values lack; nothing: not told
  std::vector<ServedCell> cells;     // features of the entity
};

/// What a server tells of a source.
struct ServedSource {
  std::string name;
  std::string feed;  // "push", "replay", "kafka", "pubsub"
  std::optional<EventTime> watermark;
  bool is_over = false;  // a replay that has fed all
};

struct ServerState {
  EventTime now;
  std::vector<ServedSource> sources;
};

struct ParityQuestion {
  std::vector<std::string> features;  // of one entity
  std::vector<std::string> key_names;
  std::vector<std::vector<Value>> keys;
  std::optional<EventTime> at;  // nothing: now
};

struct ParityAnswer {
  EventTime at;
  std::vector<std::string> versions;
  std::vector<std::vector<Value>> values;  // as JSON has them, by key
  std::optional<uint64_t> position;
};

/// A server that runs, or a store that none has open.
class ParityServer {
 public:
  virtual ~ParityServer() = default;
  virtual Result<ServerState> state() = 0;
  /// The features that are served.
  virtual Result<std::vector<std::string>> features() = 0;
  /// See LiveFeatures::pushes().
  virtual Result<LivePushes> pushes(const std::string& source, uint64_t from) = 0;
  /// An instant that is not kept any more is kNotFound. The read is not logged.
  virtual Result<ParityAnswer> read(const ParityQuestion& question) = 0;
};

/// A value as JSON has it, as one of the type; what does not fit stays as it is, so that it differs.
Value typed_value(const Type& type, const Value& value);

/// Reads out of the Parquet files of a log of an entity, of those keys. Features that the plan does not have are counted in
/// `unknown`.
Result<std::vector<ServedRead>> reads_of_feature_log(const std::string& folder, const Plan& plan, size_t entity,
                                                     const std::vector<size_t>& features, const KeyFilter& filter,
                                                     int64_t& unknown);
/// Whether a folder has files of a log.
bool has_feature_log(const std::string& folder);

/// Reads from the server: at its time, and backwards at so many instants of events, as far as it answers. Where it does not tell positions, only instants whose values are final.
Result<std::vector<ServedRead>> reads_of_server(ParityServer& server, const ServerState& state, const Plan& plan,
                                                const ParityEvents& events, const std::vector<size_t>& features,
                                                size_t instants);

}  // namespace headrace
