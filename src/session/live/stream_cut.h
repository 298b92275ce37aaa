#pragma once

/// Where a source goes over from files to its stream.
///
///   files   ──────────────────────────┬───────┐ end
///                                     at
///   stream           covered ···┌─────┼─────────────>
///                             taken_from
///
/// The values of the time before are of files, later events of the stream. What comes of the stream before taken_from is
/// covered: files have it. Where events have an `id`, both sides are united from taken_from on: an event is late for its
/// files by no more than the source allows, and one that both have counts once.

#include "data/column.h"
#include "data/time.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// As the user asks for it.
struct AskedCut {
  EventTime at;       // the first instant from which the stream has all events
  Duration quiet{0};  // how long the files may have no event before that, without that being a gap
};

struct StreamCut {
  EventTime at;                    // rows before it are those of files
  std::optional<EventTime> asked;  // what the user asked for; `at` is later where events of the stream are forgotten
  EventTime taken_from;            // events of the stream from here on are taken
  EventTime files_end;             // just past the newest event of the files
  int64_t rows = 0;                // of files that were read
};

using StreamCuts = std::map<std::string, StreamCut>;  // by source

/// Rows of files that are not in the states of a stream, as they begin at an earlier cut of another source, or are united
/// with its events.
struct FilledRows {
  std::string source;
  Batch batch;  // the columns of the source's request
};

std::string to_bytes(const StreamCuts& cuts);
/// Nothing where the bytes are none of to_bytes().
std::optional<StreamCuts> cuts_of(std::string_view bytes);

std::string to_bytes(const std::vector<FilledRows>& rows);
std::optional<std::vector<FilledRows>> filled_rows_of(std::string_view bytes);

}  // namespace headrace
