#pragma once

/// Events of one source as JSON objects in memory, such as one that is pushed or a message of a topic.
///
/// The rules are those of NDJSON files (ndjson_source.h): an object is left out only where its key, event time, arrival,
/// id, `deleted` or its syntax cannot be read; any other value that cannot be read is null; both are told.

#include "io/files/bad_rows.h"
#include "io/json/json_row.h"
#include "plan/plan.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct DecodedEvents {
  std::vector<Batch> batches;    // with the columns of the request, in order of arrival
  std::vector<int64_t> records;  // by row of the batches: which of the records it is
  std::vector<BadRow> problems;  // `row` counts the records from 1; with the record's text
  int64_t unreadable = 0;        // records that were left out
};

/// Not thread-safe.
class JsonEvents {
 public:
  /// Both live longer. What is told of a file is told of `shown`.
  JsonEvents(const PlanSource& definition, const SourceRequest& request, std::string shown);

  /// The types of keys that nothing declares are those of the first record that has them, for good.
  Result<DecodedEvents> decode(std::span<const std::string_view> records);

 private:
  Status settle_key_types(std::span<const std::string_view> records);

  InputFile place_;  // for messages
  const TextForm form_;
  std::vector<RequestedColumn> columns_;
  std::vector<uint8_t> takes_integers_;
  std::vector<TextBinding> bindings_;
  JsonScanner scanner_;
};

/// The records of a text: the lines of NDJSON that are not empty, or the items of one JSON array. The syntax of a record
/// itself is not looked at. An array that does not end is an error.
Result<std::vector<std::string_view>> records_of(std::string_view text);
/// The lines that are not empty, whatever is in them.
std::vector<std::string_view> json_lines_of(std::string_view text);

}  // namespace headrace
