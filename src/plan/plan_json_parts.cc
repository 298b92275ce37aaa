#include "plan/plan_json_parts.h"

namespace headrace {

std::string_view to_string(WindowSpec::Kind kind) {
  switch (kind) {
    case WindowSpec::Kind::kSize: return "size";
    case WindowSpec::Kind::kLast: return "last";
    case WindowSpec::Kind::kTumbling: return "tumbling";
    case WindowSpec::Kind::kSession: return "session";
    case WindowSpec::Kind::kLifetime: return "lifetime";
  }
  return "";
}

std::string_view to_string(Closed closed) {
  switch (closed) {
    case Closed::kRight: return "right";
    case Closed::kLeft: return "left";
    case Closed::kBoth: return "both";
    case Closed::kNeither: return "neither";
  }
  return "";
}

}  // namespace headrace
