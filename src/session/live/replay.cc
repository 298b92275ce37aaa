#include "session/live/replay.h"

#include "base/option_name.h"
#include "engine/layout/source_requests.h"
#include "io/open_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>

namespace headrace {
namespace {

constexpr size_t kRowsMax = 16384;       // of one piece
constexpr int64_t kSliceUs = 1'000'000;  // of one source at a time, where nothing waits for the clock
constexpr double kSpeedMax = 1e9;

bool is_url(const std::string& path) { return path.find("://") != std::string::npos; }

/// One form for each place, without a slash at the end.
std::string plain_place(const std::string& path, const std::string& folder) {
  std::string place = path;
  if (!is_url(path)) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    place = fs::absolute(fs::path(folder) / path, ignored).lexically_normal().string();
  }
  while (place.size() > 1 && place.ends_with('/')) place.pop_back();
  return place;
}

bool lies_below(const std::string& place, const std::string& folder) {
  return place == folder || folder == "/" || (place.starts_with(folder) && place[folder.size()] == '/');
}

std::vector<size_t> features_of_entity(const Plan& plan, size_t entity) {
  std::vector<size_t> features;
  for (size_t f = 0; f < plan.features.size(); ++f) {
    if (plan.features[f].entity == entity) features.push_back(f);
  }
  return features;
}

Error nothing_lies_below(const std::string& path, const std::vector<std::string>& places) {
  return Error::not_found(fmt::format("no source that a feature reads has files at or below `{}`", path))
      .with_help(places.empty() ? "give a source a `batch` location: its files are what is replayed"
                                : fmt::format("their files: {}", fmt::join(places, ", ")));
}

}  // namespace

int64_t ReplayClock::unlimited_us() const {
  if (!speed_) return kTimeMax;
  const double passed = static_cast<double>(real_.elapsed_us() - real_begin_) * *speed_;
  const double most = static_cast<double>(kTimestampMicrosMax - begin_);
  return begin_ + static_cast<int64_t>(std::min(passed, most));
}

int64_t ReplayClock::now_us() const { return std::min(unlimited_us(), limit_.load()); }

void ReplayClock::begin(int64_t at) {
  begin_ = at;
  real_begin_ = real_.elapsed_us();
  limit_ = at;
}

int64_t ReplayClock::real_us_until(int64_t time) const {
  if (!speed_ || time <= unlimited_us()) return 0;
  return static_cast<int64_t>(std::ceil(static_cast<double>(time - unlimited_us()) / *speed_));
}

Result<std::unique_ptr<Replay>> Replay::open(const Session& session, const std::string& path,
                                             std::optional<double> speed, std::optional<EventTime> start,
                                             const Clock& real) {
  std::unique_ptr<Replay> replay(new Replay(speed, real));
  ASSIGN_OR_RETURN(replay->bad_rows_, BadRows::create(BadRowPolicy::kSkip, ""));
  ASSIGN_OR_RETURN(const Plan plan, session.plan({}, CheckNodes::kLeftOut));
  const std::string folder = plain_place(path, ".");
  std::vector<std::string> places;
  for (size_t entity = 0; entity < plan.entities.size(); ++entity) {
    for (const SourceRequest& request : source_requests(plan, entity, features_of_entity(plan, entity))) {
      const auto definition = std::ranges::find(plan.sources, request.source, &PlanSource::name);
      CHECK(definition != plan.sources.end());
      if (!definition->batch) continue;
      ASSIGN_OR_RETURN(const PlanSource located, session.places().located(*definition));
      places.push_back(fmt::format("`{}` of `{}`", located.batch->path, located.name));
      const bool is_wanted =
          path.empty() || lies_below(plain_place(located.batch->path, session.places().folder()), folder);
      if (!is_wanted) continue;
      Fed& fed = replay->fed_.emplace_back();
      fed.name = request.source;
      ASSIGN_OR_RETURN(fed.files,
                       open_source(located, session.places().folder(), request, {.bad_rows = replay->bad_rows_.get()}));
      fed.order = std::make_unique<RowsByArrival>(*fed.files, request);
    }
  }
  if (replay->fed_.empty()) return nothing_lies_below(path, places);

  int64_t first = kTimeMax;
  for (const Fed& fed : replay->fed_) {
    ASSIGN_OR_RETURN(const int64_t due, fed.order->next_due());
    first = std::min(first, due);
  }
  if (first == kTimeMax) return Error::data(fmt::format("the files at or below `{}` have no events to replay", path));
  replay->clock_.begin(std::max(first, start ? start->us : first));
  replay->clock_.set_limit(first);
  replay->progress_.start_reading("replay");
  return replay;
}

std::vector<std::string> Replay::sources() const {
  std::vector<std::string> names;
  for (const Fed& fed : fed_) names.push_back(fed.name);
  return names;
}

/// Until the clock has come there; false: it has not yet, or the replay was stopped.
bool Replay::wait_for(int64_t due, Duration wait) {
  std::unique_lock lock(mutex_);
  const int64_t us = std::min(clock_.real_us_until(due), wait.us);
  stopped_.wait_for(lock, std::chrono::microseconds(us), [&] { return is_stopped_; });
  return !is_stopped_ && clock_.unlimited_us() >= due;
}

Result<std::vector<FedEvents>> Replay::poll(Duration wait) {
  std::vector<FedEvents> events;
  Fed* next = nullptr;
  int64_t due = kTimeMax, due_of_others = kTimeMax;
  for (Fed& fed : fed_) {
    ASSIGN_OR_RETURN(const int64_t at, fed.order->next_due());
    if (at < due) {
      due_of_others = due;
      due = at;
      next = &fed;
    } else {
      due_of_others = std::min(due_of_others, at);
    }
    if (at != kTimeMax || fed.is_done) continue;
    fed.is_done = true;
    events.push_back({.source = fed.name, .events = std::string(), .is_drained = true});
  }
  // Everything before was taken in, so the clock may go on.
  clock_.set_limit(next == nullptr ? newest_ : std::max(newest_, due - 1));
  if (next == nullptr) is_over_ = true;
  if (next == nullptr || !events.empty()) return events;
  if (!wait_for(due, wait)) return events;
  const int64_t until = std::min(clock_.unlimited_us(), std::max(due_of_others, due + kSliceUs));
  ASSIGN_OR_RETURN(Batch batch, next->order->take(until, kRowsMax));
  progress_.rows().rows_read += batch.rows;
  newest_ = std::max(newest_, next->order->newest());
  events.push_back({.source = next->name, .events = std::move(batch), .came_at = EventTime{newest_}});
  return events;
}

void Replay::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  stopped_.notify_all();
}

std::vector<FeedState> Replay::state() const {
  std::vector<FeedState> states;
  for (const Fed& fed : fed_) states.push_back({fed.name, is_over() ? std::optional<int64_t>(0) : std::nullopt});
  return states;
}

Result<std::optional<double>> parse_replay_speed(const std::string& text) {
  if (text == "max") return std::optional<double>();
  double speed = 0;
  const bool has_sign = text.ends_with('x');
  const char* const end = text.data() + text.size() - (has_sign ? 1 : 0);
  const auto [last, problem] = std::from_chars(text.data(), end, speed);
  const bool is_sound = has_sign && problem == std::errc() && last == end && speed > 0 && speed <= kSpeedMax;
  if (is_sound) return std::optional<double>(speed);
  return Error::usage(fmt::format("`{}` is no speed", text))
      .with_help("write how many times as fast as the events happened, such as 60x, or max");
}

}  // namespace headrace
