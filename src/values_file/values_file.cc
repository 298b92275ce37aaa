#include "values_file/values_file.h"

#include "base/overloaded.h"
#include "reader/values_key.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <system_error>
#include <utility>

namespace headrace {
namespace {

constexpr uint64_t kRowsAtFirst = 256;
/// A file that grows is filled anew with other places for its keys; more often than once is chance.
constexpr int kGrowTriesMax = 8;
/// A larger draft is made beside the one that it is for.
constexpr const char* kDraftSuffixes[] = {".new0", ".new1"};

Error cannot_use(const std::string& path, int code) {
  return Error::environment(fmt::format("cannot use {}: {}", path, std::generic_category().message(code)));
}

void close_earlier(std::optional<int>& earlier) {
  if (earlier) ::close(*std::exchange(earlier, std::nullopt));
}

/// False: a null or a double, of which no key is.
bool append_key_value(const Value& value, std::string& key) {
  return std::visit(Overloaded{[&](bool flag) { return append_values_key(flag ? 1 : 0, HEADRACE_BOOL, key), true; },
                               [&](int64_t number) { return append_values_key(number, HEADRACE_INT64, key), true; },
                               [&](const std::string& text) { return append_values_key(text, key), true; },
                               [&](EventTime time) { return append_values_key(time.us, HEADRACE_TIME, key), true; },
                               [](const auto&) { return false; }},
                    value.data);
}

}  // namespace

headrace_type values_type(const Type& type) {
  if (type.is_list) return HEADRACE_LIST;
  switch (type.scalar) {
    case ScalarType::kNull: return HEADRACE_UNDECLARED;
    case ScalarType::kBool: return HEADRACE_BOOL;
    case ScalarType::kInt64:
    case ScalarType::kDuration: return HEADRACE_INT64;
    case ScalarType::kDouble: return HEADRACE_DOUBLE;
    case ScalarType::kString: return HEADRACE_TEXT;
    case ScalarType::kTimestamp: return HEADRACE_TIME;
  }
  return HEADRACE_UNDECLARED;
}

Result<std::unique_ptr<ValuesFile>> ValuesFile::open(const std::string& path, Duration refresh) {
  const std::string lock_path = path + ".lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (lock < 0) return cannot_use(lock_path, errno);
  std::unique_ptr<ValuesFile> file(new ValuesFile(path, refresh, lock));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return Error::unavailable(fmt::format("another server keeps {}", path))
        .with_help("stop it, or give each its own `values_file`");
  }
  RETURN_IF_ERROR(file->judge_what_is_there());
  // Of a server that was killed while it filled one.
  for (const char* const suffix : kDraftSuffixes) {
    const std::string draft = path + suffix;
    if (::unlink(draft.c_str()) != 0 && errno != ENOENT) return cannot_use(draft, errno);
  }
  return file;
}

std::string ValuesFile::next_draft() {
  draft_ = 1 - draft_;
  return path_ + kDraftSuffixes[draft_];
}

ValuesFile::~ValuesFile() {
  close_earlier(earlier_);
  ::close(lock_);
}

/// Only what a server made is replaced.
Status ValuesFile::judge_what_is_there() {
  const int earlier = ::open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (earlier < 0 && errno == ENOENT) return {};
  if (earlier < 0) return cannot_use(path_, errno);
  earlier_ = earlier;
  struct stat info{};
  char magic[sizeof(kValuesMagic)] = {};
  const bool is_ours = ::fstat(earlier, &info) == 0 && S_ISREG(info.st_mode) &&
                       ::pread(earlier, magic, sizeof(magic), 0) == static_cast<ssize_t>(sizeof(magic)) &&
                       std::memcmp(magic, kValuesMagic, sizeof(magic)) == 0;
  if (is_ours) return {};
  return Error::conflict(fmt::format("{} is there and is no file of values", path_))
      .with_help("remove it, or name another `values_file`");
}

Status ValuesFile::begin(std::vector<ValuesEntity> entities, EventTime now) {
  if (has_name_) replaced_ = std::move(region_);
  region_.reset();
  has_name_ = false;
  title_ = {.entities = std::move(entities), .refresh = refresh_, .created = now};
  const ValuesSizes sizes{.rows = std::vector<uint64_t>(title_.entities.size(), kRowsAtFirst),
                          .heap_bytes = kValuesHeapBytesMin};
  ASSIGN_OR_RETURN(region_, ValuesRegion::create(next_draft(), title_, sizes));
  return {};
}

Status ValuesFile::put(size_t entity, std::span<const Value> keys, std::span<const TimedValue> values) {
  key_.clear();
  for (const Value& key : keys) {
    if (append_key_value(key, key_)) continue;
    return Error::data(fmt::format("{} is no key of `{}`", to_json(key), title_.entities[entity].name));
  }
  return put_row(entity, values);
}

Status ValuesFile::put_nobody(size_t entity, std::span<const TimedValue> values) {
  key_.clear();
  return put_row(entity, values);
}

Status ValuesFile::put_row(size_t entity, std::span<const TimedValue> values) {
  items_.clear();
  lists_.clear();
  lists_.reserve(values.size());
  for (const TimedValue& each : values) {
    ValuesItem& item = items_.emplace_back();
    item.is_null = each.value.is_null();
    if (each.event_time) item.event_time = each.event_time->us;
    item.holds_until = each.holds_until;
    std::visit(Overloaded{[](std::monostate) {}, [&](bool flag) { item.bits = flag ? 1 : 0; },
                          [&](int64_t number) { item.bits = static_cast<uint64_t>(number); },
                          [&](double number) { item.bits = std::bit_cast<uint64_t>(number); },
                          [&](const std::string& text) { item.text = text; },
                          [&](EventTime time) { item.bits = static_cast<uint64_t>(time.us); },
                          [&](Duration duration) { item.bits = static_cast<uint64_t>(duration.us); },
                          [&](const Value::List&) { item.text = lists_.emplace_back(to_json(each.value)); }},
               each.value.data);
  }

  const ValuesRegion::Full full = region_->put(entity, key_, items_);
  if (full == ValuesRegion::Full::kNothing) return {};
  return grow(entity, full, ValuesRegion::heap_bytes_of(key_, items_));
}

/// A larger file, with the row that did not fit.
Status ValuesFile::grow(size_t entity, ValuesRegion::Full full, uint64_t bytes) {
  ValuesSizes sizes = region_->larger(entity, full, bytes);
  for (int tries = 0; tries < kGrowTriesMax; ++tries) {
    for (size_t i = 0; i < sizes.rows.size(); ++i) {
      if (sizes.rows[i] <= kValuesRowsMax) continue;
      return Error::environment(fmt::format("`{}` has more entities than a file of values can have, {}",
                                            title_.entities[i].name, kValuesRowsMax));
    }
    ASSIGN_OR_RETURN(std::unique_ptr<ValuesRegion> larger, ValuesRegion::create(next_draft(), title_, sizes));
    if (larger->copy_rows(*region_) && larger->put(entity, key_, items_) == ValuesRegion::Full::kNothing) {
      std::swap(region_, larger);
      if (!std::exchange(has_name_, false)) return {};
      replaced_ = std::move(larger);
      return take_name();
    }
    for (uint64_t& rows : sizes.rows) rows *= 2;
    sizes.heap_bytes *= 2;
  }
  return Error::environment(fmt::format("{} cannot be made large enough", path_));
}

void ValuesFile::set_watermark(size_t entity, std::optional<EventTime> watermark) {
  region_->set_watermark(entity, watermark ? watermark->us : HEADRACE_NO_TIME);
}

/// Readers of the files that had it look for the new one from then on.
Status ValuesFile::take_name() {
  RETURN_IF_ERROR(region_->rename_to(path_));
  has_name_ = true;
  if (replaced_) replaced_->set_replaced();
  replaced_.reset();
  if (!earlier_) return {};
  uint32_t layout = 0;
  const uint64_t is_replaced = 1;
  struct stat info{};
  const bool is_known = ::fstat(*earlier_, &info) == 0 && info.st_size >= static_cast<off_t>(kValuesTablesOffset) &&
                        ::pread(*earlier_, &layout, sizeof(layout), offsetof(ValuesFileHeader, layout)) ==
                            static_cast<ssize_t>(sizeof(layout));
  // One that cannot be told is noticed by its readers as soon as its last word is old.
  if (is_known && layout == kValuesLayout) {
    static_cast<void>(::pwrite(*earlier_, &is_replaced, sizeof(is_replaced), kValuesStateOffset) ==
                      static_cast<ssize_t>(sizeof(is_replaced)));
  }
  close_earlier(earlier_);
  return {};
}

Status ValuesFile::publish(EventTime current_to) {
  region_->set_current_to(current_to.us);
  if (!has_name_) return take_name();
  if (region_->is_at(path_)) return {};

  // Somebody has removed it, or put another one there.
  ASSIGN_OR_RETURN(std::unique_ptr<ValuesRegion> again,
                   ValuesRegion::create(next_draft(), title_, region_->larger(0, ValuesRegion::Full::kNothing, 0)));
  if (!again->copy_rows(*region_)) return Error::environment(fmt::format("{} cannot be made again", path_));
  replaced_ = std::exchange(region_, std::move(again));
  has_name_ = false;
  return take_name();
}

int64_t ValuesFile::rows() const {
  int64_t rows = 0;
  for (size_t i = 0; region_ && i < title_.entities.size(); ++i) rows += static_cast<int64_t>(region_->rows(i)) - 1;
  return rows;
}

int64_t ValuesFile::file_bytes() const { return region_ ? static_cast<int64_t>(region_->file_bytes()) : 0; }

}  // namespace headrace
