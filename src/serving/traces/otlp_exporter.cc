#include "serving/traces/otlp_exporter.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace headrace {
namespace {

constexpr int kWaitSeconds = 10;
constexpr int kWaitSecondsAtEnd = 2;

/// What a collector may take when it is asked again.
bool is_worth_a_further_try(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

}  // namespace

Result<OtlpSettings> parse_otlp_endpoint(std::string_view text) {
  OtlpSettings settings;
  const size_t scheme = text.find("://");
  const size_t path = scheme == std::string_view::npos ? scheme : text.find('/', scheme + 3);
  const bool has_path = path != std::string_view::npos && path + 1 < text.size();
  if (has_path) settings.target = text.substr(path);
  ASSIGN_OR_RETURN(settings.url, parse_server_url(text.substr(0, path)));
  return settings;
}

OtlpExporter::OtlpExporter(OtlpSettings settings) : settings_(std::move(settings)), thread_([this] { work(); }) {}

OtlpExporter::~OtlpExporter() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool OtlpExporter::is_sampled(uint64_t random) const {
  // 2^53 steps are all that a double tells apart.
  return static_cast<double>(random >> 11) < settings_.sample * 0x1p53;
}

void OtlpExporter::take(TraceSpan span) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kQueueMax || is_ending_) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(span));
  if (waiting_.size() == kBatchMax) changed_.notify_all();
}

void OtlpExporter::work() {
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    changed_.wait_for(lock, std::chrono::milliseconds(settings_.every_ms),
                      [this] { return is_ending_ || waiting_.size() >= kBatchMax; });
    while (!waiting_.empty() && !is_ending_) send_waiting(lock);
  }
  while (!waiting_.empty()) send_waiting(lock);
}

/// One batch, until it is sent or given up. The lock is given up meanwhile.
void OtlpExporter::send_waiting(std::unique_lock<std::mutex>& lock) {
  const auto count = static_cast<int64_t>(std::min(waiting_.size(), kBatchMax));
  std::vector<TraceSpan> batch(std::make_move_iterator(waiting_.begin()),
                               std::make_move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  const std::string body = otlp_json(batch, settings_.environment);

  for (int tries = 1; true; ++tries) {
    const bool is_last = tries == kTriesMax || is_ending_;
    lock.unlock();
    const Sent result = try_to_send(body, is_last ? kWaitSecondsAtEnd : kWaitSeconds);
    lock.lock();
    if (result == Sent::kTaken) {
      sent_ += count;
      return;
    }
    ++failures_;
    if (is_last || is_ending_ || result == Sent::kRefused) break;
    changed_.wait_for(lock, std::chrono::milliseconds(settings_.every_ms << tries), [this] { return is_ending_; });
  }
  dropped_ += count;
}

OtlpExporter::Sent OtlpExporter::try_to_send(const std::string& body, int wait_seconds) const {
  const Result<ClientReply> reply = send_request(settings_.url, {.method = "POST",
                                                                 .target = settings_.target,
                                                                 .content_type = "application/json",
                                                                 .body = body,
                                                                 .fields = settings_.headers,
                                                                 .wait_seconds = wait_seconds});
  if (!reply) return Sent::kLater;
  if (reply->status >= 200 && reply->status < 300) return Sent::kTaken;
  return is_worth_a_further_try(reply->status) ? Sent::kLater : Sent::kRefused;
}

}  // namespace headrace
