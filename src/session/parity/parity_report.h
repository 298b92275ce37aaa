#pragma once

/// What parity found: how many values are equal, and why the others are not.

#include "data/json/json_texts.h"
#include "session/parity/event_differences.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// One value that differs.
struct ParityDifference {
  std::string feature;
  std::vector<std::pair<std::string, Value>> key;
  EventTime at;
  Value served;
  Value computed;
  std::string cause;
  std::vector<std::string> causes;    // all that are needed to come from one value to the other
  std::string note;                   // what is known beside the cause; may be empty
  std::optional<std::string> source;  // of the event that is responsible
  std::optional<std::string> event;   // its time and values
  std::optional<int64_t> position;    // of its push
};

struct ParityCauseCount {
  std::string cause;
  int64_t values = 0;    // whose first cause it is
  int64_t involved = 0;  // that need it, also beside others
};

/// Causes that are needed together.
struct ParityCombination {
  std::vector<std::string> causes;
  int64_t values = 0;
};

/// How many values differ, by all causes that are needed.
using ParityTally = std::map<std::vector<ParityCause>, int64_t>;

struct ParityFeatureCount {
  std::string feature;
  int64_t compared = 0;
  int64_t different = 0;
};

struct ParityReport {
  std::string against;      // "log", "batch"
  std::string served_from;  // "feature log", "server", "store"
  double sample = 1;
  int64_t entities = 0;  // in the sample
  int64_t reads = 0;     // entities × instants
  int64_t compared = 0;
  int64_t equal = 0;
  int64_t different = 0;
  int64_t unexplained = 0;
  int64_t not_comparable = 0;            // events that they need are no longer kept, or the feature is gone
  std::vector<ParityCauseCount> causes;  // those that were met
  std::vector<ParityCombination> combinations;
  std::vector<ParityFeatureCount> features;   // those that were compared
  std::vector<ParityDifference> differences;  // the first of each cause, an event once for a feature
  std::vector<std::string> notes;

  /// Sums up: `different`, `unexplained` and the lists by cause.
  void count(const ParityTally& tally);
};

/// Whether all that differs does so for causes that are allowed only.
bool is_allowed(const ParityReport& report, const std::vector<std::string>& causes);

/// {"format_version": 1, ..}
std::string to_json(const ParityReport& report);
/// The JSON Schema of that.
std::string parity_json_schema(const std::string& title);

}  // namespace headrace
