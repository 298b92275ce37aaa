#pragma once

/// A Redis as the target of rows, in Feast's layout.

#include "app/server/online_target.h"

namespace headrace {

class RedisTarget : public OnlineTarget {
 public:
  RedisTarget(RedisStoreOptions options, size_t follower);

  std::string name() const override { return "redis"; }
  std::string address() const override { return shown_; }
  size_t follower() const override { return follower_; }
  Result<std::vector<std::string>> take_definitions(LiveFeatures& live) override;
  const std::vector<size_t>& entities() const override { return entities_; }
  size_t features(size_t entity) const override { return store_.views()[entity].features.size(); }
  bool keeps_old_rows() const override { return true; }
  Status remove(const std::string& entity, const std::vector<Value>& key) override;
  Result<bool> begin_round(int64_t elapsed_us) override { return store_.connect(elapsed_us); }
  Result<OnlineWrite> write(size_t entity, const ChangedRows& rows, EventTime now) override;
  Status finish_round(const LiveFeatures&, EventTime) override { return store_.finish_all(); }
  void interrupt() override { store_.interrupt(); }

 private:
  const std::string shown_;  // the server's address
  const size_t follower_;
  RedisStore store_;
  std::vector<size_t> entities_;  // of the plan, by view
};

}  // namespace headrace
