#include "data/json/json_writer.h"

#include "base/check.h"
#include "base/overloaded.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace headrace {
namespace {

/// Whether a character stands for itself in a text.
constexpr std::array<bool, 256> kIsPlain = [] {
  std::array<bool, 256> is_plain{};
  for (size_t c = ' '; c < 0x7f; ++c) is_plain[c] = c != '"' && c != '\\';
  return is_plain;
}();

bool is_plain(std::string_view text) {
  bool is_plain = true;
  for (const char c : text) is_plain &= kIsPlain[static_cast<unsigned char>(c)];
  return is_plain;
}

}  // namespace

JsonWriter::JsonWriter(JsonLayout layout, std::string memory) : layout_(layout), out_(std::move(memory)) {
  out_.resize(out_.capacity());
}

void JsonWriter::key(std::string_view name) {
  begin_element();
  put_quoted(name);
  put(layout_ == JsonLayout::kLine ? std::string_view(":") : std::string_view(": "));
  before_ = Before::kKey;
}

void JsonWriter::integer(int64_t value) {
  char text[20];
  scalar({text, std::to_chars(text, text + sizeof text, value).ptr});
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  const auto bits = std::bit_cast<uint64_t>(value);
  auto& [last, other] = numbers_;
  const auto is_made = [&](const Made& made) { return made.size > 0 && made.bits == bits; };
  if (!is_made(last)) std::swap(last, other);
  if (!is_made(last)) {
    static_assert(kDoubleTextMax <= sizeof last.text);
    last.bits = bits;
    last.size = static_cast<size_t>(write_double(last.text.data(), value) - last.text.data());
  }
  scalar(last.view());
}

void JsonWriter::text(std::string_view value) {
  begin_element();
  put_quoted(value);
  before_ = Before::kElement;
}

void JsonWriter::time(EventTime value) {
  const auto bits = static_cast<uint64_t>(value.us);
  if (time_.size == 0 || time_.bits != bits) {
    static_assert(kTimeTextMax + 2 <= sizeof time_.text);
    char* const begin = time_.text.data();
    *begin = '"';
    char* const end = write_time(begin + 1, value);
    *end = '"';
    time_.bits = bits;
    time_.size = static_cast<size_t>(end + 1 - begin);
  }
  scalar(time_.view());
}

void JsonWriter::value(const Value& value) {
  std::visit(Overloaded{
                 [&](std::monostate) { null(); },
                 [&](bool each) { boolean(each); },
                 [&](int64_t each) { integer(each); },
                 [&](double each) { number(each); },
                 [&](const std::string& each) { text(each); },
                 [&](EventTime each) { time(each); },
                 [&](Duration each) { text(to_string(each)); },
                 [&](const Value::List& list) {
                   begin_array();
                   for (const Value& each : list) this->value(each);
                   end_array();
                 },
             },
             value.data);
}

std::string JsonWriter::take() {
  CHECK_EQ(depth_, size_t{0});
  out_.resize(std::exchange(end_, 0));
  return std::move(out_);
}

void JsonWriter::close(char bracket) {
  CHECK_LT(size_t{0}, depth_);
  --depth_;
  if (before_ != Before::kBracket) break_line();
  put(bracket);
  before_ = Before::kElement;
}

void JsonWriter::break_line() {
  if (layout_ == JsonLayout::kLine) return;
  put('\n');
  for (size_t level = 0; level < depth_; ++level) put("  ");
}

void JsonWriter::put_quoted(std::string_view text) {
  if (is_plain(text)) {
    put('"');
    put(text);
    return put('"');
  }
  const bool is_ascii = layout_ == JsonLayout::kIndentedAscii;
  put(nlohmann::json(text).dump(-1, ' ', is_ascii, nlohmann::json::error_handler_t::replace));
}

void JsonWriter::grow(size_t bytes) {
  out_.resize(std::max(2 * out_.size(), end_ + bytes));
  out_.resize(out_.capacity());
}

}  // namespace headrace
