#pragma once

/// What the descriptions of structs and those who call them share: what is said of a member, and how a form is chosen by
/// its type. json_form.h has the forms and tells how a struct is described.

#include "data/json/json_schema.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// What a member means, beside its type.
struct JsonAbout {
  std::string_view text = {};
  std::string_view pattern = {};  // of a text
  std::string_view format = {};   // of a text
  std::optional<int64_t> minimum = std::nullopt;
};

/// The named parts of a schema, met while it is made: each stands once, below `$defs`.
struct JsonDefinitions {
  std::map<const void*, std::string> names;  // by a mark of the type
  std::vector<JsonProperty> schemas;
};

/// A type that is a text: specialize with
///   static std::string write(const T&); static std::optional<T> read(std::string_view); static JsonSchema schema();
template <typename T>
struct JsonText;

/// An enum whose texts are those of to_string(): specialize with `static constexpr std::array all = {..}`.
template <typename T>
struct JsonWords;

/// How a type is written, read and described; specialized in json_form.h.
template <typename T>
struct JsonForm;

/// What a reader says of a member that does not fit: "`entities[2].name` is not a text". The path grows from inside.
struct JsonProblem {
  std::string path;
  std::string text;

  bool says(std::string_view what) {
    text = what;
    return false;
  }
  void put_before(std::string_view step) {
    const bool is_joined = path.empty() || path.front() == '[';
    path = std::string(step) + (is_joined ? "" : ".") + path;
  }
};

}  // namespace headrace
