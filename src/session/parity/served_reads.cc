#include "session/parity/served_reads.h"

#include "base/file_system.h"
#include "data/json/json_form.h"
#include "explain/explain.h"
#include "io/json/json_events.h"
#include "io/parquet/parquet_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace headrace {
namespace {

constexpr size_t kKeysOfRequest = 500;

Value typed_scalar(ScalarType type, const Value& value) {
  const auto* number = std::get_if<int64_t>(&value.data);
  if (type == ScalarType::kDouble && number != nullptr) return Value{static_cast<double>(*number)};
  const auto* text = std::get_if<std::string>(&value.data);
  if (type != ScalarType::kTimestamp || text == nullptr) return value;
  const std::optional<EventTime> time = parse_timestamp(*text);
  return time ? Value{*time} : value;
}

/// Null where the member is none or cannot be read.
Value member_value(const JsonNode& row, const std::string& name) {
  const std::optional<JsonNode> node = row.member(name);
  Value value;
  JsonProblem problem;
  if (!node || node->is_null() || !JsonForm<Value>::read(*node, value, problem)) return {};
  return value;
}

std::string member_text(const JsonNode& row, const std::string& name) {
  const Value value = member_value(row, name);
  const auto* text = std::get_if<std::string>(&value.data);
  return text == nullptr ? "" : *text;
}

/// The Parquet files of an entity, in order of day and time.
Result<std::vector<std::string>> files_of_log(const std::string& folder, const std::string& entity) {
  FileSystem& files = real_file_system();
  const std::string of_entity = join_path(folder, entity);
  std::vector<std::string> found;
  ASSIGN_OR_RETURN(const bool is_there, files.exists(of_entity));
  if (!is_there) return found;
  ASSIGN_OR_RETURN(const std::vector<std::string> days, files.list(of_entity));
  for (const std::string& day : days) {
    ASSIGN_OR_RETURN(const FileInfo info, files.info(join_path(of_entity, day)));
    if (!info.is_folder) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(join_path(of_entity, day)));
    for (const std::string& name : names) {
      if (name.ends_with(".parquet") && !name.starts_with('.')) {
        found.push_back(join_path(join_path(of_entity, day), name));
      }
    }
  }
  return found;
}

Result<std::optional<ServedRead>> read_of_row(const JsonNode& row, const Plan& plan, size_t entity,
                                              const std::vector<size_t>& features, const KeyFilter& filter) {
  std::vector<Value> key;
  for (const std::string& name : plan.entities[entity].keys) key.push_back(member_value(row, name));
  ServedRead read;
  read.key = key_text(key);
  if (!filter(read.key)) return std::optional<ServedRead>();
  const std::optional<EventTime> at = parse_timestamp(member_text(row, "as_of"));
  if (!at) return Error::data("a row has no time in `as_of`");
  read.at = *at;
  const Value position = member_value(row, "position");
  if (const auto* number = std::get_if<int64_t>(&position.data)) read.position = static_cast<uint64_t>(*number);
  for (const size_t f : features) {
    const PlanFeature& feature = plan.features[f];
    const std::string version = member_text(row, feature.name + ".version");
    if (version.empty()) continue;  // not asked for
    read.cells.push_back({.feature = f,
                          .value = typed_value(feature.type, member_value(row, feature.name)),
                          .version = version,
                          .digest = member_text(row, feature.name + ".digest")});
  }
  return std::optional(std::move(read));
}

/// Values in the file of features that the plan has not.
int64_t unknown_values(const JsonNode& row, const Plan& plan) {
  constexpr std::string_view kEnd = ".version";
  int64_t unknown = 0;
  for (const auto& [name, node] : row.members()) {
    if (!name.ends_with(kEnd) || node.is_null()) continue;
    if (plan.find_feature(name.substr(0, name.size() - kEnd.size())) == nullptr) ++unknown;
  }
  return unknown;
}

/// Times of events that values may be asked at, the newest first.
std::vector<int64_t> times_of(const ParityEvents& events, int64_t end) {
  std::set<int64_t, std::greater<>> times;
  for (const ParitySource& source : events.sources) {
    for (const auto& [key, of_key] : source.events) {
      for (const ParityEvent& event : of_key) {
        if (!event.is_late && event.time.us < end) times.insert(event.time.us);
      }
    }
  }
  return {times.begin(), times.end()};
}

/// The newest first; nothing stands for now. A quarter are the newest times of events, the others lie ever further apart,
/// so that they come to where the history ends, wherever that is. `before`: only values before it are final.
std::vector<std::optional<EventTime>> instants_of(const ParityEvents& events, std::optional<int64_t> before,
                                                  EventTime now, size_t count) {
  std::vector<std::optional<EventTime>> instants;
  if (!before) instants.emplace_back();
  if (before && *before > kTimeMin) instants.emplace_back(EventTime{*before - 1});
  const std::vector<int64_t> times = times_of(events, std::min(before.value_or(kTimeMax), now.us + 1));
  const size_t near = std::max<size_t>(1, count / 4);
  const double growth = std::pow(std::max(1.0, static_cast<double>(times.size()) / static_cast<double>(near)),
                                 1.0 / static_cast<double>(std::max<size_t>(1, count - near)));
  size_t next = 0;
  double far = static_cast<double>(near);
  for (size_t place = 0; place < times.size() && instants.size() < count; ++place) {
    if (place < next) continue;
    instants.emplace_back(EventTime{times[place]});
    next = place + 1;
    if (place < near) continue;
    far = std::max(far * growth, static_cast<double>(place) * growth);
    next = std::max(next, static_cast<size_t>(far));
  }
  return instants;
}

std::vector<std::string> keys_of(const ParityEvents& events) {
  std::set<std::string> keys;
  for (const ParitySource& source : events.sources) {
    for (const auto& [key, of_key] : source.events) keys.insert(key);
  }
  return {keys.begin(), keys.end()};
}

Result<std::vector<Value>> typed_key(const std::vector<std::string>& names, const std::vector<ScalarType>& types,
                                     const std::string& text) {
  std::vector<Value> key;
  const std::vector<std::string> parts = key_parts(text);
  for (size_t i = 0; i < names.size(); ++i) {
    ASSIGN_OR_RETURN(Value value, read_key(names[i], types[i], parts[i]));
    key.push_back(std::move(value));
  }
  return key;
}

/// Up to where values are final; nothing: all that was fed is known.
std::optional<int64_t> settled_before(const ServerState& state, const ParityEvents& events) {
  bool is_known = true;
  int64_t before = kTimeMax;
  for (const ParitySource& source : events.sources) {
    for (const ServedSource& each : state.sources) {
      if (each.name != source.name || each.feed != "replay") continue;
      is_known = is_known && each.is_over;
      before = std::min(before, each.watermark ? each.watermark->us : kTimeMin);
    }
  }
  return is_known ? std::nullopt : std::optional(std::min(before, state.now.us));
}

}  // namespace

Value typed_value(const Type& type, const Value& value) {
  const auto* list = std::get_if<Value::List>(&value.data);
  if (!type.is_list || list == nullptr) return typed_scalar(type.scalar, value);
  Value::List out;
  for (const Value& each : *list) out.push_back(typed_scalar(type.scalar, each));
  return Value{std::move(out)};
}

bool has_feature_log(const std::string& folder) {
  const auto entities = real_file_system().list(folder);
  if (!entities) return false;
  return std::ranges::any_of(*entities, [&](const std::string& entity) {
    const auto files = files_of_log(folder, entity);
    return files && !files->empty();
  });
}

Result<std::vector<ServedRead>> reads_of_feature_log(const std::string& folder, const Plan& plan, size_t entity,
                                                     const std::vector<size_t>& features, const KeyFilter& filter,
                                                     int64_t& unknown) {
  std::vector<ServedRead> reads;
  ASSIGN_OR_RETURN(const std::vector<std::string> files, files_of_log(folder, plan.entities[entity].name));
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::string text, json_lines_of_parquet(file));
    for (const std::string_view line : json_lines_of(text)) {
      const std::optional<JsonDocument> row = JsonDocument::parse(line);
      if (!row) return Error::data(fmt::format("{}: a row cannot be read", file));
      unknown += unknown_values(row->root(), plan);
      Result<std::optional<ServedRead>> read = read_of_row(row->root(), plan, entity, features, filter);
      if (!read) return read.error().with_context(file);
      if (*read && !(*read)->cells.empty()) reads.push_back(**std::move(read));
    }
  }
  return reads;
}

Result<std::vector<ServedRead>> reads_of_server(ParityServer& server, const ServerState& state, const Plan& plan,
                                                const ParityEvents& events, const std::vector<size_t>& features,
                                                size_t instants) {
  std::vector<ServedRead> reads;
  const std::vector<std::string> keys = keys_of(events);
  ParityQuestion question{.key_names = plan.entities[events.entity].keys};
  for (const size_t f : features) question.features.push_back(plan.features[f].name);
  for (const std::optional<EventTime>& at : instants_of(events, settled_before(state, events), state.now, instants)) {
    question.at = at;
    for (size_t begin = 0; begin < keys.size(); begin += kKeysOfRequest) {
      const size_t end = std::min(keys.size(), begin + kKeysOfRequest);
      question.keys.clear();
      for (size_t i = begin; i < end; ++i) {
        ASSIGN_OR_RETURN(std::vector<Value> key, typed_key(question.key_names, events.asked_types, keys[i]));
        question.keys.push_back(std::move(key));
      }
      const Result<ParityAnswer> answer = server.read(question);
      if (!answer && answer.error().kind() == ErrorKind::kNotFound) return reads;  // no longer kept, like all before
      if (!answer) return answer.error();
      for (size_t i = 0; i < question.keys.size(); ++i) {
        ServedRead& read = reads.emplace_back();
        read.key = keys[begin + i];
        read.at = answer->at;
        read.position = answer->position;
        for (size_t f = 0; f < features.size(); ++f) {
          read.cells.push_back({.feature = features[f],
                                .value = typed_value(plan.features[features[f]].type, answer->values[i][f]),
                                .version = answer->versions[f],
                                .digest = ""});
        }
      }
    }
  }
  return reads;
}

}  // namespace headrace
