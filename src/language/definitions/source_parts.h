#pragma once

/// The parts of a source that everything behind the language takes over as they are: columns, units of time, and where
/// the events lie. Values; any thread may read them.

#include "data/type.h"
#include "language/diagnostics/diagnostic.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// How the bytes of a CSV file stand for characters.
enum class TextEncoding { kUtf8, kLatin1, kWindows1252, kUtf16 };
/// "utf-8", "latin-1", "windows-1252", "utf-16".
std::string_view to_string(TextEncoding encoding);

/// How a text file is written, where it has not the common form.
struct TextForm {
  char delimiter = 0;  // of CSV, as are those up to the encoding; 0: a tab for .tsv, else a comma
  char decimal = '.';
  char quote = '"';  // 0: none
  bool has_header = true;
  std::vector<std::string> header;  // names of the columns where no line of the file has them; empty: column_1, ...
  TextEncoding encoding = TextEncoding::kUtf8;
  std::vector<std::string> nulls;  // words that stand for no value, beside the empty field
  std::string time_format;         // of times (data/time_format.h); empty: RFC 3339
  friend bool operator==(const TextForm&, const TextForm&) = default;
};

/// The name of a column of CSV that has none: "column_3" for place 2.
std::string unnamed_column(size_t place);

struct BatchLocation {
  FileFormat format = FileFormat::kParquet;
  std::string path;  // as written; relative to the project folder
  Span span;
  TextForm text = {};
  /// Values of columns that the files do not have, as text: a file for one entity has no key column.
  std::map<std::string, std::string> constants = {};
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
  friend bool operator==(const EventIdentity&, const EventIdentity&) = default;
};

}  // namespace headrace
