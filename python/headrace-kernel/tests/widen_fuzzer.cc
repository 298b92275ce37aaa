#include "c_arrays.h"
#include "table_stream.h"

#include <algorithm>
#include <array>

/// Arrays whose counts, offsets, views and indexes come from the input. Buffers are as large as the lengths ask for,
/// since the C interface gives no sizes; everything else may be wrong. Whatever is accepted is read to the last byte.

namespace headrace {
namespace {

constexpr std::array kFormats = {
    "c", "C",  "s",  "S", "i",    "I",       "l",    "L",    "f",   "g",   "b",      "u",  "U",
    "z", "vu", "vz", "n", "tss:", "tsm:UTC", "tsu:", "tsn:", "tdD", "tdm", "d:10,2", "+l", ""};
constexpr std::array kWanted = {ScalarType::kNull,   ScalarType::kBool,   ScalarType::kInt64,
                                ScalarType::kDouble, ScalarType::kString, ScalarType::kTimestamp};
constexpr int64_t kRowsMax = 40;
constexpr int64_t kTextBytes = 64;

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint8_t next() { return at_ < size_ ? data_[at_++] : 0; }
  std::vector<uint8_t> take(int64_t count) {
    std::vector<uint8_t> out(static_cast<size_t>(count));
    for (uint8_t& each : out) each = next();
    return out;
  }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

/// Offsets of a text never lead out of its buffer, because nobody could notice; they may run backwards or be negative.
template <typename Offset>
std::vector<Offset> offsets_of(Bytes& input, int64_t count) {
  std::vector<Offset> offsets;
  for (int64_t i = 0; i < count; ++i)
    offsets.push_back(static_cast<Offset>(std::min<int>(static_cast<int8_t>(input.next()), kTextBytes)));
  return offsets;
}

void fill(CArray& made, std::string_view format, Bytes& input) {
  const int64_t reach = std::max<int64_t>(0, made.array.length) + std::max<int64_t>(0, made.array.offset);
  const uint8_t kind = input.next();
  if ((kind & 1) != 0) {
    made.add(input.take(reach / 8 + 1));
  } else {
    made.add_pointer(nullptr);
  }
  if ((kind & 6) == 6) return;  // too few buffers
  if ((kind & 24) == 24) {
    made.add_pointer(nullptr);
  } else if (format == "u" || format == "z") {
    made.add(offsets_of<int32_t>(input, reach + 1));
  } else if (format == "U" || format == "Z") {
    made.add(offsets_of<int64_t>(input, reach + 1));
  } else {
    made.add(input.take(16 * reach));
  }
  if ((kind & 96) == 96) return;
  made.add((kind & 128) != 0 ? std::vector<uint8_t>(kTextBytes, 'a') : input.take(kTextBytes));
  if (format.starts_with("v")) made.add(std::vector<int64_t>{kTextBytes});
}

std::unique_ptr<CArray> make_array(Bytes& input) {
  const char* format = kFormats[input.next() % kFormats.size()];
  auto made = std::make_unique<CArray>(format, static_cast<int8_t>(input.next()) % kRowsMax);
  made->array.offset = static_cast<int8_t>(input.next()) % 9;
  made->array.null_count = static_cast<int8_t>(input.next()) % kRowsMax;
  fill(*made, format, input);
  return made;
}

void read_all(const Column& column) {
  std::string out;
  for (int64_t row = 0; row < column.length; ++row) {
    if (column.is_valid(row)) out += to_json(column.value_at(row));
  }
  CHECK(out.size() < size_t{1} << 30);
}

void run(Bytes& input) {
  const std::unique_ptr<CArray> made = make_array(input);
  std::unique_ptr<CArray> dictionary;
  if (input.next() % 4 == 0) {
    dictionary = make_array(input);
    made->set_dictionary(*dictionary);
    if (input.next() % 8 == 0) made->array.dictionary = nullptr;
  }
  const ScalarType wanted = kWanted[input.next() % kWanted.size()];
  const uint8_t unit = input.next() % 5;
  const std::optional<TimeUnit> time_unit = unit == 4 ? std::nullopt : std::optional(static_cast<TimeUnit>(unit));
  const int64_t start = static_cast<int8_t>(input.next()) % 5;
  const ArrayPiece piece = made->piece(start, made->array.length - start);
  const Result<WidenedColumn> found = widen(piece, {wanted, time_unit}, {"the events", "x"}, 0);
  if (!found.ok()) return;
  CHECK_EQ(found->column.length, piece.rows);
  read_all(found->column);
  for (const BadValue& cell : found->bad_cells) CHECK(!found->column.is_valid(cell.row));
}

}  // namespace
}  // namespace headrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  headrace::Bytes input(data, size);
  headrace::run(input);
  return 0;
}
