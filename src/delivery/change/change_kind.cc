#include "delivery/change/change_kind.h"

namespace headrace {

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kNone: return "no change";
    case ChangeKind::kMetadata: return "metadata";
    case ChangeKind::kAdded: return "added";
    case ChangeKind::kValuesPreserved: return "values preserved";
    case ChangeKind::kValuesChanged: return "values changed";
    case ChangeKind::kStateIncompatible: return "state incompatible";
    case ChangeKind::kSchemaBreaking: return "schema breaking";
    case ChangeKind::kRemoved: return "removed";
  }
  return {};
}

}  // namespace headrace
