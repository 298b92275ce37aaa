#include "data/json/json_writer.h"

#include "base/check.h"
#include "base/overloaded.h"

#include <nlohmann/json.hpp>

#include <array>
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

void append_quoted(std::string& out, std::string_view text, bool is_ascii) {
  if (is_plain(text)) {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    out += nlohmann::json(text).dump(-1, ' ', is_ascii, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace

void JsonWriter::key(std::string_view name) {
  begin_element();
  append_quoted(out_, name, layout_ == JsonLayout::kIndentedAscii);
  out_ += layout_ == JsonLayout::kLine ? ":" : ": ";
  has_key_ = true;
}

void JsonWriter::integer(int64_t value) {
  char text[20];
  scalar({text, std::to_chars(text, text + sizeof text, value).ptr});
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  char text[kDoubleTextMax];
  scalar({text, write_double(text, value)});
}

void JsonWriter::text(std::string_view value) {
  begin_element();
  append_quoted(out_, value, layout_ == JsonLayout::kIndentedAscii);
}

void JsonWriter::time(EventTime value) {
  char text[kTimeTextMax + 2] = {'"'};
  char* const end = write_time(text + 1, value);
  *end = '"';
  scalar({text, end + 1});
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
  CHECK(is_empty_.empty());
  return std::move(out_);
}

void JsonWriter::open(char bracket) {
  begin_element();
  out_ += bracket;
  is_empty_.push_back(true);
}

void JsonWriter::close(char bracket) {
  CHECK(!is_empty_.empty());
  const bool was_empty = is_empty_.back();
  is_empty_.pop_back();
  if (!was_empty) break_line();
  out_ += bracket;
}

void JsonWriter::scalar(std::string_view text) {
  begin_element();
  out_ += text;
}

void JsonWriter::begin_element() {
  if (has_key_) {
    has_key_ = false;
    return;
  }
  if (is_empty_.empty()) return;

  if (!is_empty_.back()) out_ += ',';
  is_empty_.back() = false;
  break_line();
}

void JsonWriter::break_line() {
  if (layout_ == JsonLayout::kLine) return;
  out_ += '\n';
  out_.append(2 * is_empty_.size(), ' ');
}

}  // namespace headrace
