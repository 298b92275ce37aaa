#pragma once

/// How the events that a server took differ from those of the reference: as edits that make the one out of the other,
/// each with its cause.

#include "data/json/json_form.h"
#include "session/parity/parity_events.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// Why a served value is not the reference's, in order of precedence where several are needed.
enum class ParityCause {
  kDuplicate,        // the event is there twice on one side
  kShiftedTime,      // the same event, at another time
  kChangedValue,     // the same event, with other values
  kBadRow,           // one side could not read it
  kLate,             // it came behind the watermark or too far ahead of the clock, or after the value was served
  kMissingInBatch,   // the server has it, the reference has not
  kMissingInStream,  // the reference has it, the server never got it
  kOtherOrder,       // events of one time in another order
  kOtherVersion,     // served by another definition
  kStaleValue,       // the value of an earlier instant
  kUnexplained,
};
/// "late", "missing in batch".
std::string_view to_string(ParityCause cause);

template <>
struct JsonWords<ParityCause> {
  static constexpr std::array all = {
      ParityCause::kDuplicate,    ParityCause::kShiftedTime,    ParityCause::kChangedValue,    ParityCause::kBadRow,
      ParityCause::kLate,         ParityCause::kMissingInBatch, ParityCause::kMissingInStream, ParityCause::kOtherOrder,
      ParityCause::kOtherVersion, ParityCause::kStaleValue,     ParityCause::kUnexplained};
};

/// One step from the reference's events to those that the server took.
struct ParityEdit {
  ParityCause cause = ParityCause::kUnexplained;
  size_t source = 0;
  const ParityEvent* removed = nullptr;  // of the reference; null: nothing goes
  const ParityEvent* added = nullptr;    // of the server; null: nothing comes
  std::string note;                      // "after the value was served"; may be empty

  /// The later of the two.
  EventTime time() const;
  /// Whether a value at an instant may have to do with it.
  bool is_before(EventTime at) const;
};

/// Both sides of one entity, at one place in the log.
struct ParitySides {
  const ParityEvents& server;
  const ParityEvents& reference;
  std::string key;
  std::optional<uint64_t> position;  // the first push that the served value lacks; nothing: it has all
};

/// Events that were taken before the position, by source.
ChosenEvents taken_events(const ParityEvents& events, const std::string& key, std::optional<uint64_t> position);

/// Where the reference is made of the server's own events, its late ones are in neither, and edits are what came later.
std::vector<ParityEdit> differences(const ParitySides& sides);

/// The reference's events with the edits of some causes.
ChosenEvents edited_events(const ParitySides& sides, const std::vector<ParityEdit>& edits,
                           const std::vector<ParityCause>& causes);

/// The values of an event but for its keys, for people: "2024-03-01T00:00:00Z flow=1.5".
std::string shown_event(const SourceRequest& request, const ParityEvent& event);

}  // namespace headrace
