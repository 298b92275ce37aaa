#include "io/json/json_scanner.h"

#include "base/utf8.h"
#include "io/text/append_text.h"

#include <cstring>

namespace headrace {
namespace {

constexpr const char* kInvalid = "is not valid JSON";

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

}  // namespace

const char* JsonScanner::scan(std::string_view text, const Visit& visit) {
  position_ = text.data();
  end_ = position_ + text.size();
  unescaped_.clear();
  unescaped_.reserve(text.size());  // What is unescaped is never longer, so views into it do not move.
  if (!is_valid_utf8(text)) return kInvalid;
  skip_blanks();
  if (position_ == end_) return kInvalid;
  if (*position_ != '{') return "is not a JSON object";
  ++position_;

  skip_blanks();
  if (!take('}')) {
    do {
      JsonField field;
      skip_blanks();
      if (!take_string(&field.key)) return kInvalid;
      skip_blanks();
      if (!take(':')) return kInvalid;
      skip_blanks();
      if (!take_value(&field)) return kInvalid;
      visit(field);
      skip_blanks();
    } while (take(','));
    if (!take('}')) return kInvalid;
  }

  skip_blanks();
  return position_ == end_ ? nullptr : kInvalid;
}

bool JsonScanner::take_word(std::string_view word) {
  if (static_cast<size_t>(end_ - position_) < word.size() || std::memcmp(position_, word.data(), word.size()) != 0) {
    return false;
  }
  position_ += word.size();
  return true;
}

bool JsonScanner::take_value(JsonField* field) {
  if (position_ == end_) return false;
  const char* const start = position_;
  bool is_taken = false;

  switch (*position_) {
    case '"': field->kind = JsonKind::kString; return take_string(&field->text);
    case 't':
    case 'f':
      field->kind = JsonKind::kBool;
      is_taken = take_word(*position_ == 't' ? "true" : "false");
      break;
    case 'n':
      field->kind = JsonKind::kNull;
      is_taken = take_word("null");
      break;
    case '{':
    case '[':
      field->kind = JsonKind::kNested;
      is_taken = skip_nested(1);
      break;
    default:
      field->kind = JsonKind::kNumber;
      is_taken = take_number();
      break;
  }

  field->text = {start, static_cast<size_t>(position_ - start)};
  return is_taken;
}

bool JsonScanner::take_number() {
  const auto take_digits = [&] {
    const char* const start = position_;
    while (position_ != end_ && is_digit(*position_)) ++position_;
    return position_ != start;
  };
  take('-');
  // As Python and JavaScript write them, though JSON has no such numbers.
  if (position_ != end_ && (*position_ == 'N' || *position_ == 'I')) return take_word("NaN") || take_word("Infinity");
  if (!take('0') && !take_digits()) return false;
  if (take('.') && !take_digits()) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    return take_digits();
  }
  return true;
}

bool JsonScanner::take_string(std::string_view* text) {
  if (!take('"')) return false;
  const char* start = position_;
  while (position_ != end_ && *position_ != '"' && *position_ != '\\' &&
         static_cast<unsigned char>(*position_) >= 0x20) {
    ++position_;
  }
  if (take('"')) {
    *text = {start, static_cast<size_t>(position_ - 1 - start)};
    return true;
  }

  // The rest is copied, because escapes stand for other characters.
  const size_t unescaped_start = unescaped_.size();
  unescaped_.append(start, position_);
  while (position_ != end_ && static_cast<unsigned char>(*position_) >= 0x20) {
    const char letter = *position_++;
    if (letter == '"') {
      *text = std::string_view(unescaped_).substr(unescaped_start);
      return true;
    }
    if (letter != '\\') {
      unescaped_ += letter;
    } else if (!take_escape()) {
      return false;
    }
  }
  return false;
}

bool JsonScanner::take_hex(uint32_t* unit) {
  *unit = 0;
  for (int i = 0; i < 4; ++i) {
    if (position_ == end_) return false;
    const char letter = *position_++;
    uint32_t digit = 0;
    if (is_digit(letter)) {
      digit = static_cast<uint32_t>(letter - '0');
    } else if ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'f') {
      digit = static_cast<uint32_t>((letter | 0x20) - 'a' + 10);
    } else {
      return false;
    }
    *unit = *unit * 16 + digit;
  }
  return true;
}

bool JsonScanner::take_escape() {
  if (position_ == end_) return false;
  const char letter = *position_++;
  switch (letter) {
    case '"':
    case '\\':
    case '/': unescaped_ += letter; return true;
    case 'b': unescaped_ += '\b'; return true;
    case 'f': unescaped_ += '\f'; return true;
    case 'n': unescaped_ += '\n'; return true;
    case 'r': unescaped_ += '\r'; return true;
    case 't': unescaped_ += '\t'; return true;
    case 'u': break;
    default: return false;
  }

  // Two surrogates are one character.
  uint32_t unit = 0;
  if (!take_hex(&unit)) return false;
  if (unit >= 0xD800 && unit <= 0xDFFF) {
    uint32_t low = 0;
    if (unit > 0xDBFF || !take('\\') || !take('u') || !take_hex(&low) || low < 0xDC00 || low > 0xDFFF) return false;
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(unescaped_, unit);
  return true;
}

/// Passes over an object or array. REQUIRES: one begins here.
bool JsonScanner::skip_nested(int depth) {
  if (depth > kDepthMax) return false;
  const bool is_object = *position_++ == '{';
  const char closing = is_object ? '}' : ']';
  skip_blanks();
  if (take(closing)) return true;
  do {
    skip_blanks();
    JsonField ignored;
    if (is_object) {
      if (!take_string(&ignored.key)) return false;
      skip_blanks();
      if (!take(':')) return false;
      skip_blanks();
    }
    const bool is_nested = position_ != end_ && (*position_ == '{' || *position_ == '[');
    if (!(is_nested ? skip_nested(depth + 1) : take_value(&ignored))) return false;
    skip_blanks();
  } while (take(','));
  return take(closing);
}

}  // namespace headrace
