#include "language/definitions/source_parts.h"

namespace headrace {

std::string_view to_string(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds: return "s";
    case TimeUnit::kMilliseconds: return "ms";
    case TimeUnit::kMicroseconds: return "us";
    case TimeUnit::kNanoseconds: return "ns";
  }
  return "?";
}

std::string_view to_string(FileFormat format) {
  switch (format) {
    case FileFormat::kParquet: return "parquet";
    case FileFormat::kCsv: return "csv";
    case FileFormat::kNdjson: return "ndjson";
  }
  return "?";
}

std::string_view to_string(TextEncoding encoding) {
  switch (encoding) {
    case TextEncoding::kUtf8: return "utf-8";
    case TextEncoding::kLatin1: return "latin-1";
    case TextEncoding::kWindows1252: return "windows-1252";
    case TextEncoding::kUtf16: return "utf-16";
  }
  return "?";
}

std::string unnamed_column(size_t place) { return "column_" + std::to_string(place + 1); }

std::string_view to_string(StreamKind kind) {
  switch (kind) {
    case StreamKind::kKafka: return "kafka";
    case StreamKind::kPubSub: return "pubsub";
    case StreamKind::kPush: return "push";
  }
  return "?";
}

std::string_view to_string(StreamFormat format) {
  switch (format) {
    case StreamFormat::kJson: return "json";
  }
  return "?";
}

}  // namespace headrace
