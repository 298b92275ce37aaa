#include "io/json/json_lines.h"

#include "io/files/text_values.h"

#include <simdjson.h>

#include <cstring>

namespace headrace {

static_assert(simdjson::SIMDJSON_PADDING <= TextWindow::kPadding);

struct JsonLines::Parser {
  simdjson::ondemand::parser parser;
};

JsonLines::JsonLines(TextWindow window, std::unique_ptr<Parser> parser)
    : window_(std::move(window)), parser_(std::move(parser)) {}
JsonLines::JsonLines(JsonLines&&) noexcept = default;
JsonLines::~JsonLines() = default;

Result<JsonLines> JsonLines::open(const InputFile& file) {
  ASSIGN_OR_RETURN(TextWindow window, TextWindow::open(file));
  return JsonLines(std::move(window), std::make_unique<Parser>());
}

Result<bool> JsonLines::next() {
  window_.take(pending_);
  pending_ = 0;
  size_t searched = 0;
  for (;;) {
    const std::string_view text = window_.text();
    const size_t end = text.find('\n', searched);
    if (end == std::string_view::npos && !window_.is_at_end()) {
      searched = text.size();
      RETURN_IF_ERROR(window_.read_more());
      continue;
    }
    if (text.empty()) return false;
    ++line_;
    const size_t length = end == std::string_view::npos ? text.size() : end;
    const size_t bytes = end == std::string_view::npos ? length : length + 1;
    line_text_ = trim_blanks(text.substr(0, length));
    if (line_text_.empty()) {
      window_.take(bytes);
      searched = 0;
      continue;
    }
    pending_ = bytes;
    ++row_;
    return true;
  }
}

const char* JsonLines::visit_fields(const Visit& visit) {
  constexpr const char* kInvalid = "is not valid JSON";
  namespace json = simdjson::ondemand;
  json::document document;
  const simdjson::padded_string_view padded(line_text_.data(), line_text_.size(),
                                            line_text_.size() + simdjson::SIMDJSON_PADDING);
  if (parser_->parser.iterate(padded).get(document) != simdjson::SUCCESS) return kInvalid;
  json::object object;
  if (line_text_[0] != '{') return "is not a JSON object";
  if (document.get_object().get(object) != simdjson::SUCCESS) return kInvalid;
  for (auto entry : object) {
    json::field field;
    JsonField out;
    if (std::move(entry).get(field) != simdjson::SUCCESS) return kInvalid;
    if (field.unescaped_key().get(out.key) != simdjson::SUCCESS) return kInvalid;
    json::value& value = field.value();
    json::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) return kInvalid;
    switch (type) {
      case json::json_type::string:
        out.kind = JsonKind::kString;
        if (value.get_string().get(out.text) != simdjson::SUCCESS) return kInvalid;
        break;
      case json::json_type::boolean: {
        bool flag = false;
        out.kind = JsonKind::kBool;
        if (value.get_bool().get(flag) != simdjson::SUCCESS) return kInvalid;
        out.text = flag ? "true" : "false";
        break;
      }
      case json::json_type::null:
        out.kind = JsonKind::kNull;
        if (!value.is_null()) return kInvalid;
        break;
      case json::json_type::number: {
        double ignored = 0;
        out.kind = JsonKind::kNumber;
        out.text = trim_blanks(value.raw_json_token());
        // Out of range is a number all the same; what stands there else is none.
        const auto error = value.get_double().get(ignored);
        if (error != simdjson::SUCCESS && !parse_double(out.text).has_value()) return kInvalid;
        break;
      }
      case json::json_type::object: {
        json::object nested;
        out.kind = JsonKind::kNested;
        if (value.get_object().get(nested) != simdjson::SUCCESS) return kInvalid;
        if (nested.raw_json().get(out.text) != simdjson::SUCCESS) return kInvalid;
        break;
      }
      case json::json_type::array: {
        json::array nested;
        out.kind = JsonKind::kNested;
        if (value.get_array().get(nested) != simdjson::SUCCESS) return kInvalid;
        if (nested.raw_json().get(out.text) != simdjson::SUCCESS) return kInvalid;
        break;
      }
    }
    visit(out);
  }
  const char* behind = nullptr;
  return document.current_location().get(behind) == simdjson::SUCCESS ? kInvalid : nullptr;
}

}  // namespace headrace
