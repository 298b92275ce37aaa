#pragma once

/// The names and types of what a file of values has, and their bytes in it.
///
/// Texts are their size (4 bytes) and their bytes; counts and types are 4 bytes.

#include "reader/headrace_reader.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct ValuesColumn {
  std::string name;
  std::string version;  // of a feature
  headrace_type type = HEADRACE_UNDECLARED;

  friend bool operator==(const ValuesColumn&, const ValuesColumn&) = default;
};

struct ValuesEntity {
  std::string name;
  std::vector<ValuesColumn> keys;
  std::vector<ValuesColumn> features;

  friend bool operator==(const ValuesEntity&, const ValuesEntity&) = default;
};

std::string write_values_schema(const std::vector<ValuesEntity>& entities);

/// Nothing: these are not the bytes of so many entities. Takes any bytes.
std::optional<std::vector<ValuesEntity>> read_values_schema(std::string_view bytes, uint64_t entities);

}  // namespace headrace
