#pragma once

/// The parts of a source that everything behind the language takes over as they are: columns, units of time, and where
/// the events lie. Values; any thread may read them.

#include "data/type.h"
#include "language/diagnostics/diagnostic.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

struct ColumnDefinition {
  std::string name;
  ScalarType type = ScalarType::kDouble;
  Span span;
  bool is_required = false;  // `required: true`: no file of the source may lack it
};

/// What an integer event time counts.
enum class TimeUnit { kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };
/// "s", "ms", "us", "ns".
std::string_view to_string(TimeUnit unit);

/// How files hold events.
enum class FileFormat { kParquet, kCsv, kNdjson };
/// "parquet", "csv", "ndjson".
std::string_view to_string(FileFormat format);

struct BatchLocation {
  FileFormat format = FileFormat::kParquet;
  std::string path;  // as written; relative to the project folder
  Span span;
};

/// The system that delivers a stream. kPush: events are sent to the server.
enum class StreamKind { kKafka, kPubSub, kPush };
/// "kafka", "pubsub", "push".
std::string_view to_string(StreamKind kind);

/// How the messages of a stream hold events.
enum class StreamFormat { kJson };
/// "json".
std::string_view to_string(StreamFormat format);

struct StreamLocation {
  StreamKind kind = StreamKind::kPush;
  std::map<std::string, std::string> options;  // brokers, topic, ...
  StreamFormat format = StreamFormat::kJson;
};

/// Which rows of a source are one event: those of one key, one event time and one id that is not null (language,
/// section 2).
struct EventIdentity {
  std::string id;                          // column, int64 or string
  ScalarType id_type = ScalarType::kNull;  // kNull where it is not declared: int64 or string, as the data has it
  bool is_first_kept = false;              // `duplicates: first`; else the last in order of arrival counts
  std::optional<std::string> deleted;      // bool column: true takes the event back
};

}  // namespace headrace
