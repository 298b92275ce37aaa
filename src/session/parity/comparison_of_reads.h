#pragma once

/// Holds the reads of one entity against the reference, and sorts what differs by cause.

#include "session/parity/parity_report.h"
#include "session/parity/served_reads.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace headrace {

/// Not thread-safe.
class ComparisonOfReads {
 public:
  /// All live longer. `reference` may be `server` itself.
  ComparisonOfReads(const Plan& plan, const ParityEvents& server, const ParityEvents& reference, size_t examples_max,
                    ParityReport& report, ParityTally& tally);

  Status compare(const std::vector<ServedRead>& reads);

 private:
  /// The server's events at one place of the log, and what they give at an instant.
  struct ServerView {
    ParitySides sides;
    std::vector<ParityEdit> edits;  // that may have to do with the instant
    std::vector<Value> values;      // by features_of_entity()
  };
  struct Verdict {
    std::vector<ParityCause> causes;   // at least one, the most telling first
    const ServerView* view = nullptr;  // whose edits are the causes; null: none is
    std::string note;
  };

  std::vector<ServedRead> comparable(const std::vector<ServedRead>& reads);
  Status compare_read(const ServedRead& read, const std::vector<Value>& computed);
  Result<std::vector<ServerView>> views_of(const ServedRead& read);
  Result<Verdict> verdict_of(const ServedRead& read, const ServedCell& cell, const std::vector<ServerView>& views);
  Result<Verdict> causes_of(const ServedRead& read, const ServedCell& cell, const ServerView& view);
  Result<std::optional<EventTime>> stale_since(const ServedRead& read, const ServedCell& cell);
  Status tell(const ServedRead& read, const ServedCell& cell, const Value& computed, const Verdict& verdict);
  Result<const ParityEdit*> responsible(const ServedRead& read, const ServedCell& cell, const Value& computed,
                                        const Verdict& verdict) const;
  Result<std::vector<Value>> values_at(const ChosenEvents& events, const ServedRead& read) const;
  std::vector<std::pair<std::string, Value>> shown_key(const std::string& key) const;
  const std::vector<ParityEdit>& edits_of(const ParitySides& sides);

  const Plan& plan_;
  const ParityEvents& server_;
  const ParityEvents& reference_;
  const size_t examples_max_;
  ParityReport& report_;
  ParityTally& tally_;
  std::map<ParityCause, size_t> shown_;
  std::set<std::string> shown_events_;                            // with their causes and features
  std::vector<size_t> features_;                                  // of the entity
  std::map<size_t, size_t> places_;                               // of a feature among them
  std::map<size_t, std::pair<int64_t, int64_t>> feature_counts_;  // compared, different
  std::string cached_for_;                                        // key and position
  std::vector<ParityEdit> cached_edits_;
};

}  // namespace headrace
