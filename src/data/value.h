#pragma once

/// One value of the language, boxed: for literals, defaults, messages and tests; never on the hot path.

#include "data/time.h"
#include "data/type.h"

#include <string>
#include <variant>
#include <vector>

namespace headrace {

/// Null is std::monostate. Invariant: a double is finite and not −0.0 once it has left an operation.
struct Value {
  using List = std::vector<Value>;
  std::variant<std::monostate, bool, int64_t, double, std::string, EventTime, Duration, List> data;

  bool is_null() const { return data.index() == 0; }
  friend bool operator==(const Value&, const Value&) = default;
};

/// Writes a double as Python's repr does (5.0, 0.1, 1e+16): the shortest text that reads back to the same bits.
std::string format_double(double value);
/// The same text, to where there is room for kDoubleTextMax characters; returns its end.
char* write_double(char* out, double value);
inline constexpr size_t kDoubleTextMax = 32;

/// Writes a value for people and for JSON: null, true, 12, 0.1, "text" (JSON-escaped, non-ASCII kept),
/// "2024-03-01T00:00:00Z", [1, 2].
std::string to_json(const Value& value);

/// Escapes and quotes a string for JSON; invalid UTF-8 becomes U+FFFD.
std::string quote_json(std::string_view text);

}  // namespace headrace
