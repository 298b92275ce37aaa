#pragma once

/// The keys of an entity as the bytes by which a file of values knows it: of each column the type, then an integer, or the
/// size and the bytes of a text.

#include "reader/headrace_reader.h"

#include <cstring>
#include <string>
#include <string_view>

namespace headrace {

inline void append_values_key(int64_t integer, headrace_type type, std::string& key) {
  char bytes[1 + sizeof(integer)] = {static_cast<char>(type)};
  std::memcpy(bytes + 1, &integer, sizeof(integer));
  key.append(bytes, sizeof(bytes));
}

inline void append_values_key(std::string_view text, std::string& key) {
  const auto size = static_cast<uint64_t>(text.size());
  char bytes[1 + sizeof(size)] = {static_cast<char>(HEADRACE_TEXT)};
  std::memcpy(bytes + 1, &size, sizeof(size));
  key.append(bytes, sizeof(bytes));
  key.append(text);
}

}  // namespace headrace
