#include "compute/functions/case_mapping.h"
#include "compute/functions/families.h"
#include "compute/functions/loops.h"
#include "compute/functions/utf8.h"

#include <algorithm>
#include <cstring>

namespace headrace {
namespace {

constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";

template <auto write>
void case_loop(const LoopCall& call) {
  const std::string_view* texts = call.arguments[0].strings();
  for (int i = 0; i < call.rows; ++i) {
    if (call.valid[i] == 0 || texts[i].size() > kTextBytesMax) {
      call.strings()[i] = {};
      call.valid[i] = 0;
      continue;
    }
    const size_t room = texts[i].size() * kCaseGrowth;
    char* out = call.arena->allocate(room);
    const size_t size = write(texts[i], out);
    call.arena->shrink(room, size);
    call.strings()[i] = {out, size};
  }
}

std::string_view trim(std::string_view text) {
  const size_t start = text.find_first_not_of(kWhiteSpace);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kWhiteSpace) - start + 1);
}

void concat_loop(const LoopCall& call) {
  for (int i = 0; i < call.rows; ++i) {
    size_t size = 0;
    for (const VectorView& argument : call.arguments) size += argument.strings()[i].size();
    call.strings()[i] = {};
    if (size > kTextBytesMax) call.valid[i] = 0;
    if (call.valid[i] == 0) continue;
    char* out = call.arena->allocate(size);
    call.strings()[i] = {out, size};
    for (const VectorView& argument : call.arguments) {
      const std::string_view part = argument.strings()[i];
      out = std::copy(part.begin(), part.end(), out);
    }
  }
}

/// What exists of the positions start to start + n − 1, counted from 1; null for a negative n.
void substr_loop(const LoopCall& call) {
  const std::string_view* texts = call.arguments[0].strings();
  const int64_t* starts = call.arguments[1].int64s();
  const int64_t* counts = call.arguments[2].int64s();
  for (int i = 0; i < call.rows; ++i) {
    call.strings()[i] = {};
    if (counts[i] < 0) call.valid[i] = 0;
    if (call.valid[i] == 0) continue;
    // Wide enough for start − 1 + n; a position past the text's bytes is past its code points too.
    const __int128 first = static_cast<__int128>(starts[i]) - 1;
    const __int128 size = static_cast<__int128>(texts[i].size());
    const auto within = [&](__int128 position) {
      return static_cast<int64_t>(std::clamp<__int128>(position, 0, size));
    };
    const int64_t from = within(first);
    const int64_t to = within(first + counts[i]);
    const size_t start = byte_of_code_point(texts[i], from);
    const std::string_view rest = texts[i].substr(start);
    call.strings()[i] = rest.substr(0, byte_of_code_point(rest, to - from));
  }
}

/// Where `wanted` next occurs, or the end of the text.
size_t find_from(std::string_view text, std::string_view wanted, size_t start) {
  return std::min(text.find(wanted, start), text.size());
}

size_t count_of(std::string_view text, std::string_view wanted) {
  size_t count = 0;
  for (size_t at = find_from(text, wanted, 0); at < text.size(); at = find_from(text, wanted, at + wanted.size()))
    ++count;
  return count;
}

/// All occurrences from left to right, none overlapping; nothing to look for leaves the text.
void replace_loop(const LoopCall& call) {
  for (int i = 0; i < call.rows; ++i) {
    const std::string_view text = call.arguments[0].strings()[i];
    const std::string_view wanted = call.arguments[1].strings()[i];
    const std::string_view other = call.arguments[2].strings()[i];
    call.strings()[i] = text;

    const size_t count = call.valid[i] == 0 || wanted.empty() ? 0 : count_of(text, wanted);
    if (count == 0) continue;

    const size_t rest = text.size() - count * wanted.size();
    if (!other.empty() && count > (kTextBytesMax - std::min(rest, kTextBytesMax)) / other.size()) {
      call.valid[i] = 0;
      continue;
    }

    char* const start = call.arena->allocate(rest + count * other.size());
    char* out = start;
    size_t read = 0;
    while (true) {
      const size_t at = find_from(text, wanted, read);
      out = std::copy(text.begin() + read, text.begin() + at, out);
      if (at == text.size()) break;
      out = std::copy(other.begin(), other.end(), out);
      read = at + wanted.size();
    }
    call.strings()[i] = {start, static_cast<size_t>(out - start)};
  }
}

uint8_t contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos ? 1 : 0;
}
uint8_t starts_with(std::string_view text, std::string_view part) { return text.starts_with(part) ? 1 : 0; }
uint8_t ends_with(std::string_view text, std::string_view part) { return text.ends_with(part) ? 1 : 0; }

template <auto op>
ScalarLoop test_loop() {
  return {zip_loop<std::string_view, std::string_view, uint8_t, op>};
}

}  // namespace

ScalarLoop find_text_loop(Function function, ArgumentTypes arguments) {
  const size_t count = arguments.size();
  if (function == Function::kSubstr) {
    const bool fits = count == 3 && arguments[0] == ScalarType::kString && arguments[1] == ScalarType::kInt64 &&
                      arguments[2] == ScalarType::kInt64;
    return fits ? ScalarLoop{substr_loop, Nulls::kAlsoOutOfDomain} : ScalarLoop{};
  }

  for (ScalarType type : arguments) {
    if (type != ScalarType::kString) return {};
  }

  if (function == Function::kConcat) return count > 0 ? ScalarLoop{concat_loop, Nulls::kAlsoOutOfDomain} : ScalarLoop{};
  if (function == Function::kReplace)
    return count == 3 ? ScalarLoop{replace_loop, Nulls::kAlsoOutOfDomain} : ScalarLoop{};

  if (count == 2) {
    switch (function) {
      case Function::kContains: return test_loop<contains>();
      case Function::kStartsWith: return test_loop<starts_with>();
      case Function::kEndsWith: return test_loop<ends_with>();
      default: return {};
    }
  }

  if (count != 1) return {};
  switch (function) {
    case Function::kLower: return {case_loop<write_lower>, Nulls::kAlsoOutOfDomain};
    case Function::kUpper: return {case_loop<write_upper>, Nulls::kAlsoOutOfDomain};
    case Function::kLength: return {map_loop<std::string_view, int64_t, count_code_points>};
    case Function::kTrim: return {map_loop<std::string_view, std::string_view, trim>};
    default: return {};
  }
}

}  // namespace headrace
