#pragma once

/// Looks at result rows on their way to the next sink and makes a profile of each feature and day of them.
///
/// Values are those that the checks see. Bins are the ones that were frozen before; a feature without any is given those of
/// its first kReferenceValues values, in the order of the table.
///
/// Not thread-safe, as sinks are.

#include "engine/sink.h"
#include "quality/checked_request.h"
#include "quality/profiles/profile_set.h"

#include <memory>
#include <vector>

namespace headrace {

class ProfileSink : public Sink {
 public:
  static constexpr size_t kReferenceValues = 10'000;

  /// Takes the columns of with_checks(plan, wanted) and hands them all on. REQUIRES: the plan and `next` outlive this object.
  ProfileSink(const Plan& plan, const BackfillRequest& wanted, const ProfileSet& earlier, Sink& next);
  Status write(const Batch& batch) override;
  /// Of all rows so far; ends the taking.
  ProfileSet finish();

 private:
  struct Feature {
    ProfilePlace place;  // of the day that is being taken
    size_t column = 0;
    ProfiledKind kind = ProfiledKind::kNumber;
    std::vector<double> edges;
    std::vector<std::pair<int64_t, double>> waiting;  // days and values that came before there were edges
    std::map<int64_t, ValueProfile> days;
  };

  void take(Feature& feature, const Column& values, const int64_t* times);
  void freeze(Feature& feature);

  size_t keys_;
  Sink& next_;
  std::vector<Feature> features_;
  std::vector<uint64_t> entities_;  // scratch: a hash of each row's key
};

}  // namespace headrace
