#include "widen.h"

#include "array_layout.h"
#include "array_view.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <limits>
#include <type_traits>
#include <utility>

namespace headrace {
namespace {

using Kind = FoundType::Kind;

constexpr int32_t kNoOffsets[1] = {0};

std::string shown_format(const ArrowSchema& schema) {
  const std::string format = schema.format == nullptr ? "" : schema.format;
  return schema.dictionary == nullptr ? format : format + " with a dictionary";
}

Error mismatch(const ArrowSchema& schema, const WantedType& wanted, const TablePlace& place) {
  const std::string_view type = wanted.type == ScalarType::kNull ? "a key" : to_string(wanted.type);
  return Error::data(fmt::format("{}: column `{}` is wanted as {}, but has the Arrow format `{}`", place.table,
                                 place.column, type, shown_format(schema)))
      .with_help("cast the column first");
}

Error would_lose(const TablePlace& place, int64_t row, const std::string& value, std::string_view type) {
  return Error::data(fmt::format("{}, column `{}`, row {}: {} cannot become {} without loss", place.table, place.column,
                                 row + 1, value, type));
}

/// The canonical type of what was found, when it is wanted as a key; nothing for what is no key.
std::optional<ScalarType> key_type(const ArrowSchema& schema) {
  switch (found_type(schema).kind) {
    case Kind::kBool: return ScalarType::kBool;
    case Kind::kInteger: return ScalarType::kInt64;
    case Kind::kText: return ScalarType::kString;
    case Kind::kTime: return ScalarType::kTimestamp;
    case Kind::kDictionary: return key_type(*schema.dictionary);
    case Kind::kNothing:
    case Kind::kFloat:
    case Kind::kOther: break;
  }
  return std::nullopt;
}

bool can_widen(const ArrowSchema& schema, const WantedType& wanted) {
  const Kind kind = found_type(schema).kind;
  if (kind == Kind::kNothing) return true;
  if (kind == Kind::kDictionary) return can_widen(*schema.dictionary, wanted);
  switch (wanted.type) {
    case ScalarType::kBool: return kind == Kind::kBool;
    case ScalarType::kInt64: return kind == Kind::kInteger;
    case ScalarType::kDouble: return kind == Kind::kInteger || kind == Kind::kFloat;
    case ScalarType::kString: return kind == Kind::kText;
    case ScalarType::kTimestamp:
      return kind == Kind::kTime || kind == Kind::kText || (kind == Kind::kInteger && wanted.unit.has_value());
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  return false;
}

/// 8-byte values with their nulls.
struct Words {
  std::vector<int64_t> values;
  std::vector<uint8_t> valid;  // one byte a row; empty: all

  explicit Words(const ArrayView& view) : values(static_cast<size_t>(view.rows())) {
    if (view.validity() == nullptr) return;
    for (int64_t i = 0; i < view.rows(); ++i) valid.push_back(view.is_valid(i) ? 1 : 0);
  }
  void set_null(int64_t row) {
    if (valid.empty()) valid.assign(values.size(), 1);
    valid[static_cast<size_t>(row)] = 0;
  }
  Column take(ScalarType type) { return make_column(type, std::move(values), valid); }
};

/// The array's own buffers.
WidenedColumn share(const ArrayPiece& piece, ScalarType type) {
  const ArrayView view(piece);
  Column column;
  column.type = {type};
  column.length = view.rows();
  column.offset = view.first();
  column.validity = view.validity();
  column.owner = piece.owner;
  if (type == ScalarType::kString) {
    const auto* offsets = static_cast<const int32_t*>(view.buffer(1));
    column.offsets = offsets != nullptr ? offsets : kNoOffsets;
    if (offsets == nullptr) column.offset = 0;
    column.values = view.buffer(2);
  } else {
    column.values = view.buffer(1);
  }
  return {std::move(column), {}};
}

Result<WidenedColumn> widen_integers(const ArrayPiece& piece, char code, const TablePlace& place, int64_t first_row) {
  if (code == 'l') return share(piece, ScalarType::kInt64);
  const ArrayView view(piece);
  Words words(view);
  const int64_t lost = view.visit_integers(code, [&](const auto* values) -> int64_t {
    for (int64_t i = 0; i < view.rows(); ++i) {
      if (!view.is_valid(i)) continue;
      if (!std::in_range<int64_t>(values[i])) return i;
      // NOLINTNEXTLINE(bugprone-signed-char-misuse): eight bits are a number here, never text.
      words.values[static_cast<size_t>(i)] = static_cast<int64_t>(values[i]);
    }
    return -1;
  });
  if (lost >= 0) {
    return would_lose(place, first_row + lost, fmt::format("{}", view.numbers<uint64_t>()[lost]), "an int64");
  }
  return WidenedColumn{words.take(ScalarType::kInt64), {}};
}

Result<WidenedColumn> widen_doubles(const ArrayPiece& piece, const FoundType& found, const TablePlace& place,
                                    int64_t first_row) {
  if (found.code == 'g') return share(piece, ScalarType::kDouble);
  const ArrayView view(piece);
  std::vector<double> doubles(static_cast<size_t>(view.rows()));
  const std::vector<uint8_t> valid = Words(view).valid;
  std::string lost_value;
  const auto fill = [&](const auto* values) -> int64_t {
    using Number = std::remove_cvref_t<decltype(*values)>;
    for (int64_t i = 0; i < view.rows(); ++i) {
      if (!view.is_valid(i)) continue;
      const double rounded = static_cast<double>(values[i]);
      doubles[static_cast<size_t>(i)] = rounded;
      if constexpr (std::is_integral_v<Number>) {
        if (static_cast<__int128>(rounded) == static_cast<__int128>(values[i])) continue;
        lost_value = fmt::format("{}", values[i]);
        return i;
      }
    }
    return -1;
  };
  const int64_t lost = found.code == 'f' ? fill(view.numbers<float>()) : view.visit_integers(found.code, fill);
  if (lost >= 0) return would_lose(place, first_row + lost, lost_value, "a double");
  return WidenedColumn{make_column(std::move(doubles), valid), {}};
}

Result<WidenedColumn> widen_text(const ArrayPiece& piece, char code, const TablePlace& place) {
  const ArrayView view(piece);
  std::vector<BadValue> bad;
  for (int64_t i = 0; i < view.rows(); ++i) {
    if (view.is_valid(i) && !is_valid_utf8(view.text(code, i))) bad.push_back({i, "is not UTF-8"});
  }
  if (code == 'u' && bad.empty()) return share(piece, ScalarType::kString);

  ColumnBuilder builder({ScalarType::kString});
  size_t next_bad = 0;
  int64_t bytes = 0;
  for (int64_t i = 0; i < view.rows(); ++i) {
    const bool is_bad = next_bad < bad.size() && bad[next_bad].row == i;
    if (is_bad) ++next_bad;
    if (is_bad || !view.is_valid(i)) {
      builder.append_null();
      continue;
    }

    // Offsets of a text column are 32 bits wide.
    const std::string_view text = view.text(code, i);
    bytes += static_cast<int64_t>(text.size());
    if (bytes > std::numeric_limits<int32_t>::max()) {
      return Error::data(
                 fmt::format("{}: column `{}` holds more than 2 GiB of text in a batch", place.table, place.column))
          .with_help("hand it over in smaller batches");
    }
    builder.append_string(text);
  }
  return WidenedColumn{std::move(builder).finish(), std::move(bad)};
}

FoundType epoch_type(TimeUnit unit, char code) {
  FoundType found{.kind = Kind::kTime, .code = code};
  switch (unit) {
    case TimeUnit::kSeconds: found.multiply = kMicrosPerSecond; break;
    case TimeUnit::kMilliseconds: found.multiply = 1000; break;
    case TimeUnit::kMicroseconds: break;
    case TimeUnit::kNanoseconds: found.divide = 1000; break;
  }
  return found;
}

Result<WidenedColumn> widen_times(const ArrayPiece& piece, const FoundType& found) {
  const ArrayView view(piece);
  Words words(view);
  std::vector<BadValue> bad;
  const char code = found.code != 0 ? found.code : found.is_days ? 'i' : 'l';
  view.visit_integers(code, [&](const auto* values) {
    for (int64_t i = 0; i < view.rows(); ++i) {
      if (!view.is_valid(i)) continue;
      const bool is_held = std::in_range<int64_t>(values[i]);
      const auto value = is_held ? static_cast<int64_t>(values[i]) : std::numeric_limits<int64_t>::max();
      const int64_t floored = floor_divide(value, found.divide);
      if (floored < kTimestampMicrosMin / found.multiply || floored > kTimestampMicrosMax / found.multiply) {
        bad.push_back({i, fmt::format("{} is outside the years 1 to 9999", values[i])});
        words.set_null(i);
      } else {
        words.values[static_cast<size_t>(i)] = floored * found.multiply;
      }
    }
  });
  if (bad.empty() && found.code == 0 && !found.is_days && found.multiply == 1 && found.divide == 1) {
    return share(piece, ScalarType::kTimestamp);
  }
  return WidenedColumn{words.take(ScalarType::kTimestamp), std::move(bad)};
}

Result<WidenedColumn> parse_times(const ArrayPiece& piece, char code) {
  const ArrayView view(piece);
  Words words(view);
  std::vector<BadValue> bad;
  for (int64_t i = 0; i < view.rows(); ++i) {
    if (!view.is_valid(i)) continue;
    const std::optional<EventTime> time = parse_timestamp(view.text(code, i));
    if (time) {
      words.values[static_cast<size_t>(i)] = time->us;
    } else {
      bad.push_back({i, fmt::format("{} is not a timestamp", quote_json(view.text(code, i)))});
      words.set_null(i);
    }
  }
  return WidenedColumn{words.take(ScalarType::kTimestamp), std::move(bad)};
}

Result<WidenedColumn> widen_dictionary(const ArrayPiece& piece, const WantedType& wanted, const TablePlace& place,
                                       int64_t first_row) {
  const ArrowArray& dictionary = *piece.array->dictionary;
  const ArrayPiece values_piece{&dictionary, piece.schema->dictionary, 0, dictionary.length, piece.owner};
  ASSIGN_OR_RETURN(const WidenedColumn values, widen(values_piece, wanted, place, first_row));
  std::vector<const BadValue*> bad_values(static_cast<size_t>(dictionary.length), nullptr);
  for (const BadValue& cell : values.bad_cells) bad_values[static_cast<size_t>(cell.row)] = &cell;
  const ArrayView view(piece);
  WidenedColumn widened;
  ColumnBuilder builder(values.column.type);
  view.visit_integers(found_type(*piece.schema).code, [&](const auto* indexes) {
    for (int64_t i = 0; i < view.rows(); ++i) {
      const auto index = view.is_valid(i) ? static_cast<int64_t>(indexes[i]) : -1;
      if (index < 0 || !values.column.is_valid(index)) {
        builder.append_null();
        const BadValue* bad = index < 0 ? nullptr : bad_values[static_cast<size_t>(index)];
        if (bad != nullptr) widened.bad_cells.push_back({i, bad->problem});
      } else if (values.column.type.scalar == ScalarType::kString) {
        builder.append_string(values.column.string_at(index));
      } else {
        builder.append(values.column.value_at(index));
      }
    }
  });
  widened.column = std::move(builder).finish();
  return widened;
}

}  // namespace

Result<ScalarType> widened_type(const ArrowSchema& schema, const WantedType& wanted, const TablePlace& place) {
  if (wanted.type == ScalarType::kNull) {
    const std::optional<ScalarType> type = key_type(schema);
    if (type) return *type;
  } else if (can_widen(schema, wanted)) {
    return wanted.type;
  }
  return mismatch(schema, wanted, place);
}

Result<WidenedColumn> widen(const ArrayPiece& piece, const WantedType& wanted, const TablePlace& place,
                            int64_t first_row) {
  ASSIGN_OR_RETURN(const ScalarType type, widened_type(*piece.schema, wanted, place));
  RETURN_IF_ERROR(check_layout(piece, place));
  const FoundType found = found_type(*piece.schema);
  switch (found.kind) {
    case Kind::kDictionary: return widen_dictionary(piece, {type, wanted.unit}, place, first_row);
    case Kind::kBool: return share(piece, ScalarType::kBool);
    case Kind::kTime: return widen_times(piece, found);
    case Kind::kFloat: return widen_doubles(piece, found, place, first_row);
    case Kind::kText:
      return type == ScalarType::kTimestamp ? parse_times(piece, found.code) : widen_text(piece, found.code, place);
    case Kind::kInteger:
      if (type == ScalarType::kDouble) return widen_doubles(piece, found, place, first_row);
      if (type == ScalarType::kTimestamp) return widen_times(piece, epoch_type(*wanted.unit, found.code));
      return widen_integers(piece, found.code, place, first_row);
    case Kind::kNothing:
    case Kind::kOther: break;
  }
  ColumnBuilder nulls({type});
  for (int64_t i = 0; i < piece.rows; ++i) nulls.append_null();
  return WidenedColumn{std::move(nulls).finish(), {}};
}

}  // namespace headrace
