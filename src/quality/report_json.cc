#include "quality/report_json.h"

namespace headrace {

std::string to_json(const QualityReport& report) { return json_document(report); }

std::optional<QualityReport> parse_quality_report(std::string_view text) {
  const std::optional<JsonDocument> document = JsonDocument::parse(text);
  std::string problem;
  return document ? read_json<QualityReport>(document->root(), problem) : std::nullopt;
}

}  // namespace headrace
