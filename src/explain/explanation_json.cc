#include "explain/explanation_json.h"

namespace headrace {

std::string_view to_string(ExplainedEvent::Place place) {
  switch (place) {
    case ExplainedEvent::Place::kBefore: return "before";
    case ExplainedEvent::Place::kHeld: return "held";
    case ExplainedEvent::Place::kInside: return "inside";
    case ExplainedEvent::Place::kAfter: return "after";
  }
  return "";
}

std::string closed_word(const ExplainedWindow& window) {
  if (window.has_start) return window.has_end ? "both" : "left";
  return window.has_end ? "right" : "neither";
}

std::string to_json(const Explanation& explanation) { return json_document(ExplanationDocument{explanation}); }

}  // namespace headrace
