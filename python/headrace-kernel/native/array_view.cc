#include "array_view.h"

#include <cstring>

namespace headrace {
namespace {

FoundType time_type(int64_t multiply, int64_t divide, bool is_days = false) {
  return {.kind = FoundType::Kind::kTime, .is_days = is_days, .multiply = multiply, .divide = divide};
}

/// A view of 16 bytes: the length, then the text itself when it is short, else a prefix, a buffer and a place in it.
std::string_view view_text(const uint8_t* view, const ArrowArray& array) {
  int32_t length = 0;
  std::memcpy(&length, view, sizeof length);
  if (length <= 12) return {reinterpret_cast<const char*>(view + 4), static_cast<size_t>(length)};
  int32_t buffer = 0;
  int32_t start = 0;
  std::memcpy(&buffer, view + 8, sizeof buffer);
  std::memcpy(&start, view + 12, sizeof start);
  return {static_cast<const char*>(array.buffers[2 + buffer]) + start, static_cast<size_t>(length)};
}

}  // namespace

FoundType found_type(const ArrowSchema& schema) {
  using Kind = FoundType::Kind;
  const std::string_view format = schema.format == nullptr ? "" : schema.format;
  if (schema.dictionary != nullptr) return {.kind = Kind::kDictionary, .code = format.empty() ? '\0' : format.front()};

  // Instants of any unit, and dates.
  if (format.starts_with("tss:")) return time_type(kMicrosPerSecond, 1);
  if (format.starts_with("tsm:")) return time_type(1000, 1);
  if (format.starts_with("tsu:")) return time_type(1, 1);
  if (format.starts_with("tsn:")) return time_type(1, 1000);
  if (format == "tdD") return time_type(kMicrosPerDay, 1, true);
  if (format == "tdm") return time_type(1000, 1);

  if (format == "vu" || format == "vz") return {.kind = Kind::kText, .code = 'v'};
  if (format.size() != 1) return {};
  switch (format.front()) {
    case 'n': return {.kind = Kind::kNothing};
    case 'b': return {.kind = Kind::kBool};
    case 'u':
    case 'z': return {.kind = Kind::kText, .code = 'u'};
    case 'U':
    case 'Z': return {.kind = Kind::kText, .code = 'U'};
    case 'f':
    case 'g': return {.kind = Kind::kFloat, .code = format.front()};
    case 'c':
    case 'C':
    case 's':
    case 'S':
    case 'i':
    case 'I':
    case 'l':
    case 'L': return {.kind = Kind::kInteger, .code = format.front()};
    default: return {};
  }
}

std::string_view ArrayView::text(char code, int64_t row) const {
  if (code == 'v') return view_text(static_cast<const uint8_t*>(array_.buffers[1]) + 16 * (first_ + row), array_);
  const bool is_small = code == 'u';
  const int64_t start = is_small ? numbers<int32_t>()[row] : numbers<int64_t>()[row];
  const int64_t end = is_small ? numbers<int32_t>()[row + 1] : numbers<int64_t>()[row + 1];
  if (start == end) return {};  // There may be no buffer.
  return {static_cast<const char*>(array_.buffers[2]) + start, static_cast<size_t>(end - start)};
}

}  // namespace headrace
