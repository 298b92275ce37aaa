#pragma once

/// Sends spans to a collector: OTLP over HTTP, in JSON.
///
/// Spans wait in a queue of bounded length and go in batches, from a thread of its own. A batch that the collector does not
/// take is sent again a few times, later and later; then it is dropped, as spans are that find the queue full. Whoever hands a
/// span over never waits.

#include "base/trace.h"
#include "serving/http/http_client.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace headrace {

struct OtlpSettings {
  ServerUrl url;
  std::string target = "/v1/traces";
  std::vector<std::pair<std::string, std::string>> headers;  // secrets may be in them
  double sample = 1;                                         // of the traces that begin here
  std::string environment;                                   // its name, which is told of all spans
  int64_t every_ms = 2000;                                   // how long a span waits for others at most
};

/// "https://collector.example.com:4318", or with a path that is not /v1/traces.
Result<OtlpSettings> parse_otlp_endpoint(std::string_view text);

/// Thread-safe.
class OtlpExporter : public TraceSink {
 public:
  static constexpr size_t kQueueMax = 4096;
  static constexpr size_t kBatchMax = 512;
  static constexpr int kTriesMax = 4;

  explicit OtlpExporter(OtlpSettings settings);
  /// Tries once more to send what waits.
  ~OtlpExporter() override;
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;

  bool is_sampled(uint64_t random) const override;
  void take(TraceSpan span) override;

  int64_t sent() const { return sent_; }
  int64_t dropped() const { return dropped_; }
  int64_t failures() const { return failures_; }

 private:
  enum class Sent { kTaken, kLater, kRefused };

  void work();
  void send_waiting(std::unique_lock<std::mutex>& lock);
  Sent try_to_send(const std::string& body, int wait_seconds) const;

  const OtlpSettings settings_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TraceSpan> waiting_;
  bool is_ending_ = false;
  std::atomic<int64_t> sent_ = 0, dropped_ = 0, failures_ = 0;
  std::thread thread_;
};

/// The body of a request to a collector, after the JSON mapping of ExportTraceServiceRequest.
std::string otlp_json(const std::vector<TraceSpan>& spans, const std::string& environment);

}  // namespace headrace
