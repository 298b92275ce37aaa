#include "data/json/json_writer.h"

#include "base/check.h"
#include "base/overloaded.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
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

void JsonWriter::number(double value) { scalar(std::isfinite(value) ? format_double(value) : "null"); }

void JsonWriter::text(std::string_view value) {
  begin_element();
  append_quoted(out_, value, layout_ == JsonLayout::kIndentedAscii);
}

void JsonWriter::value(const Value& value) {
  std::visit(Overloaded{
                 [&](std::monostate) { null(); },
                 [&](bool each) { boolean(each); },
                 [&](int64_t each) { integer(each); },
                 [&](double each) { number(each); },
                 [&](const std::string& each) { text(each); },
                 [&](EventTime each) { text(to_string(each)); },
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
