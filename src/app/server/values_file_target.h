#pragma once

/// A file of values as the target of rows, for programs that read it in process.

#include "app/server/online_target.h"
#include "values_file/values_file.h"

#include <memory>

namespace headrace {

class ValuesFileTarget : public OnlineTarget {
 public:
  ValuesFileTarget(std::string path, std::unique_ptr<ValuesFile> file, const Clock& clock, size_t follower)
      : path_(std::move(path)), file_(std::move(file)), clock_(clock), follower_(follower) {}

  std::string name() const override { return "values file"; }
  std::string address() const override { return path_; }
  size_t follower() const override { return follower_; }
  Result<std::vector<std::string>> take_definitions(LiveFeatures& live) override;
  const std::vector<size_t>& entities() const override { return entities_; }
  size_t features(size_t entity) const override { return features_[entity]; }
  bool keeps_old_rows() const override { return false; }  // other definitions begin another file
  Status remove(const std::string&, const std::vector<Value>&) override { return {}; }
  Result<bool> begin_round(int64_t elapsed_us) override;
  Result<OnlineWrite> write(size_t entity, const ChangedRows& rows, EventTime now) override;
  Status finish_round(const LiveFeatures& live, EventTime current_to) override;
  void interrupt() override {}

 private:
  void set_watermarks(const LiveFeatures& live);

  const std::string path_;
  const std::unique_ptr<ValuesFile> file_;
  const Clock& clock_;
  const size_t follower_;
  std::vector<size_t> entities_;    // of the plan
  std::vector<size_t> features_;    // how many each has
  std::vector<std::string> names_;  // of these
  bool wants_all_ = false;
};

}  // namespace headrace
