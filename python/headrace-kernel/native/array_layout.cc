#include "array_layout.h"

#include "array_view.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <utility>

namespace headrace {
namespace {

using Kind = FoundType::Kind;

constexpr int kViewBytes = 16;
constexpr int kInlineBytes = 12;

Error malformed(const TablePlace& place, const std::string& problem) {
  return Error::data(fmt::format("{}: column `{}` is no sound Arrow array: {}", place.table, place.column, problem))
      .with_help("the library that made it breaks the Arrow C data interface");
}

/// What is wrong with length and offset; empty: nothing.
std::string bad_extent(const ArrowArray& array) {
  if (array.length < 0) return fmt::format("its length is {}", array.length);
  if (array.offset < 0) return fmt::format("its offset is {}", array.offset);
  if (array.offset > std::numeric_limits<int64_t>::max() - array.length) return "its end is past 64 bits";
  if (array.null_count < -1 || array.null_count > array.length) {
    return fmt::format("{} of its {} values are null", array.null_count, array.length);
  }
  return "";
}

int64_t buffers_of(const FoundType& found) {
  switch (found.kind) {
    case Kind::kNothing: return 0;
    case Kind::kText: return 3;
    case Kind::kBool:
    case Kind::kInteger:
    case Kind::kFloat:
    case Kind::kTime:
    case Kind::kDictionary: return 2;
    case Kind::kOther: break;
  }
  return 0;
}

template <typename Offset>
std::string bad_offsets(const ArrayView& view) {
  const auto* offsets = view.numbers<Offset>();
  for (int64_t row = 0; row < view.rows(); ++row) {
    if (offsets[row] < 0 || offsets[row + 1] < offsets[row])
      return fmt::format("the text of row {} has no length", row + 1);
  }
  const bool has_text = view.rows() > 0 && offsets[view.rows()] > offsets[0];
  return has_text && view.buffer(2) == nullptr ? "its text is missing" : "";
}

/// A long text of a view lies in one of the buffers after the views; the last buffer has their sizes.
std::string bad_views(const ArrayView& view, const ArrowArray& array) {
  const int64_t texts = array.n_buffers - 3;
  const auto* sizes = static_cast<const int64_t*>(array.buffers[array.n_buffers - 1]);
  const auto* views = static_cast<const uint8_t*>(view.buffer(1)) + kViewBytes * view.first();
  for (int64_t row = 0; row < view.rows(); ++row) {
    if (!view.is_valid(row)) continue;
    int32_t parts[4] = {};  // length, prefix, buffer, start
    std::memcpy(parts, views + kViewBytes * row, sizeof parts);
    const bool is_sound =
        parts[0] >= 0 && (parts[0] <= kInlineBytes ||
                          (parts[2] >= 0 && parts[2] < texts && parts[3] >= 0 && sizes != nullptr &&
                           array.buffers[2 + parts[2]] != nullptr && int64_t{parts[3]} + parts[0] <= sizes[parts[2]]));
    if (!is_sound) return fmt::format("the text of row {} is not in its buffers", row + 1);
  }
  return "";
}

std::string bad_text(const ArrayPiece& piece, char code) {
  const ArrayView view(piece);
  switch (code) {
    case 'u': return bad_offsets<int32_t>(view);
    case 'U': return bad_offsets<int64_t>(view);
    default: return bad_views(view, *piece.array);
  }
}

std::string bad_indexes(const ArrayPiece& piece, char code) {
  const ArrayView view(piece);
  const int64_t length = piece.array->dictionary->length;
  return view.visit_integers(code, [&](const auto* indexes) -> std::string {
    for (int64_t row = 0; row < view.rows(); ++row) {
      const bool is_within =
          !view.is_valid(row) || (std::cmp_greater_equal(indexes[row], 0) && std::cmp_less(indexes[row], length));
      if (!is_within) return fmt::format("row {} is value {} of a dictionary of {}", row + 1, indexes[row], length);
    }
    return "";
  });
}

std::string bad_buffers(const ArrayPiece& piece, const FoundType& found) {
  const ArrowArray& array = *piece.array;
  const int64_t needed = buffers_of(found);
  if (array.n_buffers < needed) return fmt::format("it has {} buffers, not {}", array.n_buffers, needed);
  if (needed == 0) return "";
  if (array.buffers == nullptr) return "it has no buffers";
  if (array.null_count > 0 && array.buffers[0] == nullptr) return "its nulls are not marked";
  if (found.kind == Kind::kDictionary && array.dictionary == nullptr) return "it has no dictionary";
  if (piece.rows == 0) return "";
  if (array.buffers[1] == nullptr) return "its values are missing";
  if (found.kind == Kind::kText) return bad_text(piece, found.code);
  return found.kind == Kind::kDictionary ? bad_indexes(piece, found.code) : "";
}

}  // namespace

Status check_layout(const ArrayPiece& piece, const TablePlace& place) {
  std::string problem = bad_extent(*piece.array);
  const FoundType found = found_type(*piece.schema);
  const bool is_index = found.kind != Kind::kDictionary || std::strchr("cCsSiIlL", found.code) != nullptr;
  if (problem.empty() && (piece.start < 0 || piece.rows < 0 || piece.start > piece.array->length - piece.rows)) {
    problem = fmt::format("it has {} values where {} are needed", piece.array->length, piece.start + piece.rows);
  }
  if (problem.empty() && !is_index) problem = "its dictionary is indexed by no integers";
  if (problem.empty()) problem = bad_buffers(piece, found);
  if (problem.empty()) return {};
  return malformed(place, problem);
}

Status check_table_layout(const ArrowArray& batch, size_t columns, const std::string& shown) {
  const auto refuse = [&](const std::string& problem) {
    return Error::data(fmt::format("{} has a batch that is no sound Arrow array: {}", shown, problem))
        .with_help("the library that made it breaks the Arrow C data interface");
  };
  if (const std::string problem = bad_extent(batch); !problem.empty()) return refuse(problem);
  if (!std::cmp_equal(batch.n_children, columns) || (columns > 0 && batch.children == nullptr)) {
    return refuse(fmt::format("it has {} columns, its schema {}", batch.n_children, columns));
  }
  if (batch.null_count != 0 && batch.n_buffers > 0 && batch.buffers == nullptr) return refuse("it has no buffers");
  for (size_t i = 0; i < columns; ++i) {
    if (batch.children[i] == nullptr) return refuse(fmt::format("column {} is missing", i + 1));
  }
  return {};
}

}  // namespace headrace
