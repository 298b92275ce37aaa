#pragma once

/// Live features as the server's routes ask for them: requests by names, answers with reasons and times; and what feeds them.

#include "app/server/feature_meter.h"
#include "base/trace.h"
#include "serving/api/live_values.h"
#include "session/live/feature_log.h"
#include "session/live/feed_runner.h"
#include "session/live/live_features.h"

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace headrace {

/// Why something was not kept. Where the store cannot, no request is at fault, and another try has no use.
ApiError not_kept(const Error& error);

class ServedFeatures : public LiveValues {
 public:
  /// Begins from the log of the options. Log and clock live longer. Copies of the log are made below `backups`, a folder for
  /// each. `traces`: where spans go of what no request asked for; it lives longer; null: nowhere.
  static Result<std::shared_ptr<ServedFeatures>> open(const Session& session, const LiveOptions& options,
                                                      const std::string& backups = {}, TraceSink* traces = nullptr);

  /// Takes other definitions: the log is fed into new streams, which then stand in for those of before. Meanwhile reads go
  /// on, and pushes wait. After an Error everything is as it was. Without a log nothing could be fed: an Error.
  Status reload(const Session& session);
  /// LiveFeatures::save() of the definitions that hold now.
  Status save();
  /// Of the definitions that hold now.
  std::shared_ptr<LiveFeatures> live() const;

  /// Takes what a feed brings from now on. `kind`: "replay", "kafka". Sources that are fed take no pushes.
  void feed(std::unique_ptr<EventFeed> feed, const std::string& kind, FeedRunner::Ended ended);
  /// Ends all feeds; what they brought is taken. REQUIRES: no requests come any more.
  void stop_feeding();
  /// Keeps a sample of the reads. Before the first request.
  void log_reads_in(std::unique_ptr<FeatureLog> log) { feature_log_ = std::move(log); }

  /// What brings the events of a source: "push", or the kind of its feed.
  std::string feed_of(const std::string& source) const;

  ApiOr<ReadAnswer> read(const ReadRequest& request) override;
  ApiOr<PushAnswer> push(const PushRequest& request) override;
  std::vector<SourceStatus> sources() override;
  ApiOr<std::string> explain(const ExplainQuestion& question) override;
  ApiOr<BackupAnswer> backup() override;
  ApiOr<LeftOutAnswer> left_out(const LeftOutRequest& request) override;
  ApiOr<PushPage> pushes(const PushesQuestion& question) override;
  std::optional<FeatureLogStatus> feature_log() override;
  LiveCosts costs() override;
  MeterReport meter() override;
  EventTime now() const override { return {options_.clock->now_us()}; }
  std::string not_ready_reason() override { return {}; }
  std::optional<OnlineStoreStatus> online_store() override;
  /// Who tells of the store beside the server. Before the first request.
  void set_online_store(std::function<OnlineStoreStatus()> status) { online_store_ = std::move(status); }

 private:
  struct Feed {
    std::string kind;
    std::unique_ptr<FeedRunner> runner;
  };

  explicit ServedFeatures(const LiveOptions& options);
  void set_feed(SourceStatus& status) const;

  std::string backups_;  // empty: nowhere
  Histogram commits_;
  std::function<OnlineStoreStatus()> online_store_;  // null: there is none
  std::unique_ptr<FeatureLog> feature_log_;          // null: none
  const LiveOptions options_;
  std::mutex saves_;             // a save is not while definitions change
  std::shared_mutex pushes_;     // shared by a push in work; whole while the log is fed anew
  TraceSink* traces_ = nullptr;  // null: there are no traces
  FeatureMeter meter_;
  mutable std::mutex mutex_;
  std::shared_ptr<LiveFeatures> live_;  // under the mutex; shared with the requests in work
  mutable std::shared_mutex feeds_mutex_;
  std::vector<Feed> feeds_;  // under the mutex
};

}  // namespace headrace
