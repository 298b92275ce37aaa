#pragma once

/// Canonical meanings (make_plan.h) in the words of the YAML: for messages about what has changed.
///
///   formula_in_words("(/ double col:src.flow col:src.power)")  // "flow / power"

#include <functional>
#include <string>
#include <string_view>

namespace headrace {

/// A canonical formula as people write it. Steps that the language takes by itself are left out; text that is no
/// canonical formula is given back.
std::string formula_in_words(std::string_view canonical);

struct MeaningChange {
  /// "formula: flow / power * 2.0, was flow / power"; parts by semicolons. Empty: the meanings are equal.
  std::string text;
  /// Only features that this one uses mean something else.
  bool is_only_by_use = false;
};

/// Gives the version that a feature had under a digest, as "1.0"; empty where it is not known.
using VersionUnderDigest = std::function<std::string(const std::string& feature, const std::string& digest)>;

MeaningChange meaning_change(std::string_view before, std::string_view now, const VersionUnderDigest& version_of = {});

}  // namespace headrace
