#pragma once

/// The features of one entity over events that never end, for a program that has the events, the clock and a place for
/// states itself: a worker of Apache Beam, a service.
///
///   push(events, now) … advance(now) -> final rows        read(places) -> values        store() -> bytes -> restore()
///
/// The states are those of `headrace serve` (engine/stream/entity_stream.h): final rows are a backfill's, values are those
/// at their time from all that came. What was stored goes on as if nothing had happened: states of what is settled, and
/// the calls since, which restore() does again.
///
/// Not thread-safe. Has no thread, no clock and no file.

#include "binding/arrow_tables.h"
#include "engine/stream/entity_stream.h"
#include "stream_calls.h"
#include "table_stream.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// StreamOptions says what they mean.
struct StreamChoices {
  std::optional<Duration> allowed_lateness;
  std::optional<Duration> idle_after;
  std::optional<Duration> max_ahead;
  Duration history{0};
};

/// What became of a table of events.
struct PushedEvents {
  int64_t accepted = 0;
  int64_t ahead = 0;                 // of these, waiting for their time
  int64_t bad_rows = 0;              // left out, as asked
  std::vector<LeftOutRow> left_out;  // rows are counted without the bad ones
};

class FeatureStream {
 public:
  /// `features` are of the entity, and `shape` is made for them. The plan lives longer.
  FeatureStream(const Plan& plan, size_t entity, std::vector<size_t> features, const StreamChoices& choices,
                std::shared_ptr<StreamShape> shape);

  /// Takes events in their order of arrival. `now`: microseconds; a clock that went back stands still. Columns that are
  /// missing or of other types are refused, and nothing is taken.
  Result<PushedEvents> push(const std::string& source, TableStream events, int64_t now, uint32_t lane,
                            OnBadRow bad_rows);
  /// The same of rows that the caller has made: columns of column_types(), in one lane.
  Result<PushedEvents> push(const std::string& source, Batch events, int64_t now);
  /// What the columns of a source are pushed as, keys first; of the keys alone. kNull where no definition and no event said it.
  Result<std::vector<Type>> column_types(const std::string& source) const;
  std::vector<Type> key_types() const;
  /// Says that a lane of a source has, or has not, been read to its end, so that it may become idle.
  Status set_drained(const std::string& source, uint32_t lane, bool is_drained, int64_t now);
  /// The rows that have become final since the last call: key columns, event_time, features, by (time, key).
  Result<ArrowBatch> advance(int64_t now);
  /// The same for whoever knows by other means that nothing before a time comes any more; what does is late.
  Result<ArrowBatch> settle(int64_t before, int64_t now);
  /// The same at the end of the feed: nothing more will be accepted.
  Result<ArrowBatch> finish();
  /// A column for each feature, a row for each place, from all events that came and are not ahead.
  Result<ArrowBatch> read(TableStream places, const std::string& time_column);

  /// The same of places that the caller has made: of key_types().
  Result<std::vector<Column>> read(const Observations& places) { return stream_->read(places); }

  int64_t settled_to() const { return stream_->settled_to(); }
  int64_t earliest() const { return stream_->earliest(); }
  Result<int64_t> watermark(const std::string& source) const;
  /// With those that are ahead of the clock.
  int64_t unsettled_rows() const;
  int64_t memory_bytes() const { return stream_->memory_bytes(); }

  /// All of it as bytes with their own checksum.
  std::string store();
  /// Goes on from there. Usage: something was done with this one. Conflict: states of other definitions. Data: bytes that
  /// are damaged, or none of store().
  Status restore(std::string_view bytes);

  /// The exact partials of what no events within the reach of windows bring back, with their own checksum.
  std::string store_for_ever();
  /// The time that such bytes are settled to.
  static Result<int64_t> settled_to_of(std::string_view bytes);
  /// Takes such partials in the place of its own, which a new stream has over the events that are left. Usage: it is not settled
  /// to their time, or has events after it. Conflict: states of other definitions. Data: bytes that are damaged.
  Status adopt(std::string_view bytes);

 private:
  Result<size_t> source_of(const std::string& name) const;
  Status require_types(const StreamCall& call) const;
  const StreamCall& note(StreamCall call);
  Result<PushedEvents> push_batches(size_t source, uint32_t lane, std::vector<Batch> batches, int64_t now);
  Status move(const StreamCall& call, const EntityStream::TakeStep& take);
  Result<ArrowBatch> advance_states(const StreamCall& call);
  Status repeat(const StreamCall& call);
  std::string identity() const;

  const Plan& plan_;
  const size_t entity_;
  const std::vector<size_t> features_;
  const StreamChoices choices_;
  const std::shared_ptr<StreamShape> shape_;  // of all streams of the kernel
  std::unique_ptr<EntityStream> stream_;
  StreamCalls calls_;
  int64_t clock_ = kTimeMin;
};

}  // namespace headrace
