#pragma once

/// What a change of definitions is to one feature, by its meaning and never by its text.

#include <string_view>

namespace headrace {

/// In the order of how much they ask of those who read the feature.
enum class ChangeKind {
  kNone,               // same meaning, same words
  kMetadata,           // same meaning; description, owner, tags or checks differ
  kAdded,              // no reader yet
  kValuesPreserved,    // another meaning that is said to give the same values, which a rollout holds it to
  kValuesChanged,      // other values of the same type
  kStateIncompatible,  // other values, and what a store keeps of the old ones cannot be carried on
  kSchemaBreaking,     // another type or entity: readers have to change
  kRemoved,
};

/// "no change", "metadata", "added", "values preserved", "values changed", "state incompatible", "schema breaking", "removed".
std::string_view to_string(ChangeKind kind);

}  // namespace headrace
