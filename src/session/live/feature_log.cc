#include "session/live/feature_log.h"

#include "base/hash.h"
#include "base/random_name.h"
#include "io/parquet/remove_rows.h"
#include "io/write/table_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace headrace {
namespace {

constexpr std::string_view kDayPrefix = "log_day=";
constexpr std::string_view kFileEnd = ".parquet";
constexpr std::string_view kDraftEnd = ".parquet.new";

std::string day_of(EventTime time) { return to_string(time).substr(0, 10); }

/// "20240301T120000.000000Z-RANDOM.parquet": by name in order of time.
std::string file_name(EventTime time) {
  std::string out = to_string(EventTime{time.us / kMicrosPerSecond * kMicrosPerSecond});
  std::erase_if(out, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return fmt::format("{}.{:06}Z-{}{}", out, time.us % kMicrosPerSecond, random_name().substr(0, 8), kFileEnd);
}

/// Of a log, not of somebody else.
bool is_day(const std::string& name) { return name.starts_with(kDayPrefix) && name.size() == kDayPrefix.size() + 10; }
bool is_log_file(const std::string& name) { return name.ends_with(kFileEnd) && name.find("Z-") != std::string::npos; }
bool is_draft(const std::string& name) { return name.starts_with(".") && name.ends_with(kDraftEnd); }

ScalarType key_type(const Value& value) {
  if (std::holds_alternative<std::string>(value.data)) return ScalarType::kString;
  if (std::holds_alternative<bool>(value.data)) return ScalarType::kBool;
  return std::holds_alternative<EventTime>(value.data) ? ScalarType::kTimestamp : ScalarType::kInt64;
}

/// Columns of one file: the union of the features of its rows. Rows whose types differ are in files of their own.
struct FileShape {
  std::vector<ScalarType> key_types;
  std::map<std::string, Type> features;

  bool takes(const LoggedRow& row) const {
    for (size_t i = 0; i < row.key.size(); ++i) {
      if (key_type(row.key[i]) != key_types[i]) return false;
    }
    for (size_t i = 0; i < row.features->names.size(); ++i) {
      const auto known = features.find(row.features->names[i]);
      if (known != features.end() && known->second != row.features->types[i]) return false;
    }
    return true;
  }
  void add(const LoggedRow& row) {
    for (size_t i = 0; key_types.size() < row.key.size(); ++i) key_types.push_back(key_type(row.key[i]));
    for (size_t i = 0; i < row.features->names.size(); ++i)
      features.emplace(row.features->names[i], row.features->types[i]);
  }
};

/// The columns of a file on their way.
class FileColumns {
 public:
  FileColumns(const LoggedFeatures& like, const FileShape& shape) : keys_(like.keys.size()) {
    for (size_t i = 0; i < keys_; ++i) add(like.keys[i], {shape.key_types[i], false});
    add("as_of", kTime);
    add("read_at", kTime);
    schema_.required_count = schema_.names.size();
    add("position", {ScalarType::kInt64, false});
    for (const auto& [name, type] : shape.features) {
      places_[name] = columns_.size();
      add(name, type);
      add(name + ".event_time", kTime);
      add(name + ".version", {ScalarType::kString, false});
      add(name + ".digest", {ScalarType::kString, false});
    }
  }

  void append(const LoggedRow& row) {
    for (size_t i = 0; i < keys_; ++i) columns_[i].append(row.key[i]);
    columns_[keys_].append(Value{row.as_of});
    columns_[keys_ + 1].append(Value{row.read_at});
    columns_[keys_ + 2].append(row.position ? Value{static_cast<int64_t>(*row.position)} : Value{});

    const LoggedFeatures& features = *row.features;
    for (size_t i = 0; i < features.names.size(); ++i) {
      const size_t place = places_.at(features.names[i]);
      if (columns_[place].length() > rows_) continue;  // asked for twice
      columns_[place].append(row.values[i]);
      columns_[place + 1].append(row.newest[i] ? Value{*row.newest[i]} : Value{});
      columns_[place + 2].append(Value{features.versions[i]});
      columns_[place + 3].append(Value{features.digests[i]});
    }

    ++rows_;
    for (ColumnBuilder& column : columns_) {
      if (column.length() < rows_) column.append_null();
    }
  }

  Result<std::string> bytes() && {
    Batch batch{rows_, {}};
    for (ColumnBuilder& column : columns_) batch.columns.push_back(std::move(column).finish());
    const std::unique_ptr<TableEncoder> encoder = make_table_encoder(schema_, {.format = TableFormat::kParquet});
    ASSIGN_OR_RETURN(const EncodedChunk chunk, encoder->encode_chunk({batch}));
    ASSIGN_OR_RETURN(const std::string tail, encoder->encode_tail({chunk}));
    return encoder->encode_head() + std::string(chunk.bytes) + tail;
  }

 private:
  static constexpr Type kTime{ScalarType::kTimestamp, false};

  void add(const std::string& name, const Type& type) {
    schema_.names.push_back(name);
    schema_.types.push_back(type);
    columns_.emplace_back(type);
  }

  const size_t keys_;
  TableSchema schema_;
  std::vector<ColumnBuilder> columns_;
  std::map<std::string, size_t> places_;
  int64_t rows_ = 0;
};

struct LogFile {
  std::string day, path;
  int64_t bytes = 0;
};

/// The files of a log by day and time, and drafts.
struct LogFolder {
  std::vector<LogFile> files;
  std::vector<std::string> drafts;
  std::vector<std::pair<std::string, std::string>> days;  // and their folders
};

Result<LogFolder> look_through(FileSystem& files, const std::string& folder) {
  LogFolder out;
  ASSIGN_OR_RETURN(const std::vector<std::string> entities, files.list(folder));
  for (const std::string& entity : entities) {
    const std::string of_entity = join_path(folder, entity);
    ASSIGN_OR_RETURN(const FileInfo about, files.info(of_entity));
    if (!about.is_folder) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> days, files.list(of_entity));
    for (const std::string& day : days) {
      if (!is_day(day)) continue;
      const std::string of_day = join_path(of_entity, day);
      out.days.emplace_back(day.substr(kDayPrefix.size()), of_day);

      ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(of_day));
      for (const std::string& name : names) {
        const std::string path = join_path(of_day, name);
        if (is_draft(name)) out.drafts.push_back(path);
        if (!is_log_file(name) || is_draft(name)) continue;
        ASSIGN_OR_RETURN(const FileInfo info, files.info(path));
        out.files.push_back({day + "/" + name, path, info.bytes});
      }
    }
  }
  std::ranges::sort(out.files, {}, &LogFile::day);
  return out;
}

/// So that a power cut does not take them away with what is in them.
Status make_synced_folders(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> made, make_new_folders(files, folder));
  for (const std::string& each : made) RETURN_IF_ERROR(files.sync_folder(folder_of(each)));
  return {};
}

}  // namespace

double share_of(const std::string& text) {
  constexpr double kSpan = 9007199254740992.0;  // 2^53
  return static_cast<double>(mix64(hash_bytes(text)) >> 11) / kSpan;
}

Result<std::unique_ptr<FeatureLog>> FeatureLog::open(FeatureLogOptions options) {
  FileSystem& files = *options.files;
  RETURN_IF_ERROR(make_synced_folders(files, options.folder));
  ASSIGN_OR_RETURN(const LogFolder found, look_through(files, options.folder));
  for (const std::string& draft : found.drafts) RETURN_IF_ERROR(files.remove(draft));
  std::unique_ptr<FeatureLog> log(new FeatureLog(std::move(options)));
  RETURN_IF_ERROR(log->forget_old());
  log->thread_ = std::thread([own = log.get()] { own->work(); });
  return log;
}

FeatureLog::~FeatureLog() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  has_news_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool FeatureLog::takes(const std::string& entity, const std::vector<Value>& key, EventTime as_of) const {
  if (options_.sample >= 1) return true;
  std::string text = entity;
  for (const Value& each : key) text += '\n' + to_json(each);
  return share_of(text + '\n' + std::to_string(as_of.us)) < options_.sample;
}

void FeatureLog::add(std::vector<LoggedRow> rows) {
  const std::lock_guard lock(mutex_);
  for (LoggedRow& row : rows) {
    if (waiting_values_ >= 2 * options_.values_max || waiting_.size() >= 2 * static_cast<size_t>(options_.rows_max)) {
      ++counts_.dropped;
      continue;
    }
    waiting_values_ += row.values.size() + 1;
    waiting_.push_back(std::move(row));
  }
  const bool is_full =
      waiting_values_ >= options_.values_max || waiting_.size() >= static_cast<size_t>(options_.rows_max);
  if (is_full) has_news_.notify_all();
}

FeatureLogCounts FeatureLog::counts() const {
  const std::lock_guard lock(mutex_);
  FeatureLogCounts counts = counts_;
  counts.waiting = static_cast<int64_t>(waiting_.size());
  return counts;
}

void FeatureLog::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_news_.wait_for(lock, std::chrono::microseconds(options_.every.us), [&] {
      return is_ending_ || waiting_values_ >= options_.values_max ||
             waiting_.size() >= static_cast<size_t>(options_.rows_max);
    });
    if (waiting_.empty() && is_ending_) return;
    if (waiting_.empty()) continue;
    lock.unlock();
    {
      const std::lock_guard writing(files_mutex_);
      lock.lock();
      const std::vector<LoggedRow> rows = std::exchange(waiting_, {});
      waiting_values_ = 0;
      lock.unlock();
      write(rows);
    }
    lock.lock();
  }
}

/// By entity and, where types differ, in several files.
void FeatureLog::write(const std::vector<LoggedRow>& rows) {
  std::map<std::string, std::vector<const LoggedRow*>> by_entity;
  for (const LoggedRow& row : rows) by_entity[row.features->entity].push_back(&row);
  for (auto& [entity, left] : by_entity) {
    while (!left.empty()) {
      FileShape shape;
      std::vector<const LoggedRow*> taken, others;
      for (const LoggedRow* row : left) {
        const bool fits = taken.empty() || (shape.takes(*row) && taken.size() < static_cast<size_t>(options_.rows_max));
        if (fits) shape.add(*row);
        (fits ? taken : others).push_back(row);
      }
      left = std::move(others);
      const Status written = write_file(taken);
      const std::lock_guard lock(mutex_);
      (written.ok() ? counts_.rows : counts_.dropped) += static_cast<int64_t>(taken.size());
      counts_.files += written.ok() ? 1 : 0;
      counts_.problem = written.ok() ? "" : written.error().message();
    }
  }
  const Status forgotten = forget_old();
  const std::lock_guard lock(mutex_);
  if (!forgotten.ok()) counts_.problem = forgotten.error().message();
}

Status FeatureLog::write_file(const std::vector<const LoggedRow*>& rows) const {
  FileShape shape;
  for (const LoggedRow* row : rows) shape.add(*row);
  FileColumns columns(*rows.front()->features, shape);
  for (const LoggedRow* row : rows) columns.append(*row);
  ASSIGN_OR_RETURN(const std::string bytes, std::move(columns).bytes());

  FileSystem& files = *options_.files;
  const EventTime at = now();
  const std::string day =
      join_path(join_path(options_.folder, rows.front()->features->entity), std::string(kDayPrefix) + day_of(at));
  RETURN_IF_ERROR(make_synced_folders(files, day));
  return put_file(join_path(day, file_name(at)), bytes);
}

/// Whole, in place of what was there.
Status FeatureLog::put_file(const std::string& path, const std::string& bytes) const {
  FileSystem& files = *options_.files;
  const std::string folder = folder_of(path);
  const std::string draft = join_path(folder, "." + path.substr(folder.size() + 1) + ".new");
  ASSIGN_OR_RETURN(const auto file, files.create(draft, {.is_named_at_close = true}));
  RETURN_IF_ERROR(file->append(bytes));
  RETURN_IF_ERROR(file->sync());
  RETURN_IF_ERROR(file->close());
  RETURN_IF_ERROR(files.rename(draft, path));
  return files.sync_folder(folder);
}

Result<int64_t> FeatureLog::forget(const std::string& entity, const std::vector<std::string>& columns,
                                   const std::vector<Value>& key) {
  const std::lock_guard writing(files_mutex_);
  int64_t removed = 0;
  {
    const std::lock_guard lock(mutex_);
    removed += static_cast<int64_t>(std::erase_if(waiting_, [&](const LoggedRow& row) {
      const bool is_it = row.features->entity == entity && row.key == key;
      if (is_it) waiting_values_ -= row.values.size() + 1;
      return is_it;
    }));
  }

  FileSystem& files = *options_.files;
  ASSIGN_OR_RETURN(const LogFolder found, look_through(files, options_.folder));
  const std::string of_entity = join_path(options_.folder, entity) + "/";
  for (const LogFile& each : found.files) {
    if (!each.path.starts_with(of_entity)) continue;
    ASSIGN_OR_RETURN(const std::optional<RemovedRows> rest, remove_parquet_rows(each.path, columns, key));
    if (!rest) continue;
    if (rest->bytes.empty()) {
      RETURN_IF_ERROR(files.remove(each.path));
      RETURN_IF_ERROR(files.sync_folder(folder_of(each.path)));
    } else {
      RETURN_IF_ERROR(put_file(each.path, rest->bytes));
    }
    removed += rest->rows;
  }
  return removed;
}

Status FeatureLog::forget_old() const {
  if (!options_.keep && !options_.bytes_max) return {};
  FileSystem& files = *options_.files;
  ASSIGN_OR_RETURN(const LogFolder found, look_through(files, options_.folder));
  const std::string first = options_.keep ? day_of({now().us - options_.keep->us}) : std::string();
  int64_t bytes = 0;
  for (const LogFile& each : found.files) bytes += each.bytes;
  for (const LogFile& each : found.files) {
    const bool is_old = each.day.substr(kDayPrefix.size(), 10) < first;
    const bool is_too_much = options_.bytes_max && bytes > *options_.bytes_max;
    if (!is_old && !is_too_much) break;
    RETURN_IF_ERROR(files.remove(each.path));
    bytes -= each.bytes;
  }
  for (const auto& [day, folder] : found.days) {
    ASSIGN_OR_RETURN(const std::vector<std::string> left, files.list(folder));
    if (left.empty() && day < day_of(now())) RETURN_IF_ERROR(files.remove(folder));
  }
  return {};
}

}  // namespace headrace
