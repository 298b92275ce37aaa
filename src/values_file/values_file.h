#pragma once

/// Keeps the newest values of entities in a file that other processes map (reader/headrace_reader.h).
///
///   ASSIGN_OR_RETURN(auto file, ValuesFile::open("/dev/shm/headrace.values", Duration{100'000}));
///   RETURN_IF_ERROR(file->begin({{.name = "pump", .keys = .., .features = ..}}, now));
///   RETURN_IF_ERROR(file->put(0, {Value{"p7"}}, values)) .. for all rows;
///   RETURN_IF_ERROR(file->publish(now));      // from here on readers find it
///
/// A file gets its name once it has all rows, and is changed in place from then on. Where it is full, and for other features, a
/// new one is filled beside it and takes over the name; readers of the old one are told there. Nothing in it is needed
/// by us: a start begins anew, whatever is under the name.
///
/// One writer at a time: a lock on `PATH.lock` is held, and new files are `PATH.new0` and `PATH.new1`. What is no file of values is never
/// replaced.
///
/// Not thread-safe.

#include "data/value.h"
#include "values_file/values_region.h"

#include <memory>
#include <optional>

namespace headrace {

headrace_type values_type(const Type& type);

/// A value of a feature with its times. The event's: nothing where none came.
struct TimedValue {
  Value value;
  std::optional<EventTime> event_time;
  int64_t holds_until = HEADRACE_NO_END;
};

class ValuesFile {
 public:
  /// `refresh`: how late rows are at most, for readers to know.
  static Result<std::unique_ptr<ValuesFile>> open(const std::string& path, Duration refresh);
  /// The file stays, with what was published.
  ~ValuesFile();
  ValuesFile(const ValuesFile&) = delete;
  ValuesFile& operator=(const ValuesFile&) = delete;

  /// Begins a file of these entities, without rows. The one that has the name keeps it until the next publish().
  Status begin(std::vector<ValuesEntity> entities, EventTime now);

  /// Writes the row of an entity. REQUIRES: a value for each feature. After an Error it may be written or not.
  Status put(size_t entity, std::span<const Value> keys, std::span<const TimedValue> values);
  /// What entities have that had no event.
  Status put_nobody(size_t entity, std::span<const TimedValue> values);
  void set_watermark(size_t entity, std::optional<EventTime> watermark);

  /// All that was durable at an instant has been put. Puts the file under its name where another one is there, or none.
  Status publish(EventTime current_to);

  int64_t rows() const;
  int64_t file_bytes() const;

 private:
  ValuesFile(std::string path, Duration refresh, int lock) : path_(std::move(path)), refresh_(refresh), lock_(lock) {}
  Status judge_what_is_there();
  std::string next_draft();
  Status put_row(size_t entity, std::span<const TimedValue> values);
  Status grow(size_t entity, ValuesRegion::Full full, uint64_t bytes);
  Status take_name();

  const std::string path_;
  const Duration refresh_;
  const int lock_;
  std::optional<int> earlier_;  // the file of an earlier server that has the name
  ValuesTitle title_;
  std::unique_ptr<ValuesRegion> region_;    // that rows are put into
  std::unique_ptr<ValuesRegion> replaced_;  // that has the name until the next publish()
  bool has_name_ = false;                   // the region has been published
  size_t draft_ = 0;                        // which name the last new file had
  std::string key_;
  std::vector<ValuesItem> items_;
  std::vector<std::string> lists_;
};

}  // namespace headrace
