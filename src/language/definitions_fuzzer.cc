// Any bytes are read as definitions and every message is written in every form. Built with HEADRACE_FUZZERS; the files
// of tests/diagnostics are its corpus.

#include "base/check.h"
#include "language/diagnostics/codes.h"
#include "language/diagnostics/render.h"
#include "language/load_repository.h"

#include <cstdint>

namespace headrace {
namespace {

void check_span(const Span& span) {
  CHECK(span.line >= 1 && span.column >= 1);
  CHECK(span.end_line > span.line || (span.end_line == span.line && span.end_column >= span.column));
}

/// What the other layers rely on.
void check_repository(const Repository& repository) {
  for (const SourceDefinition& source : repository.sources) CHECK(repository.find_entity(source.entity) != nullptr);
  for (const FeatureDefinition& feature : repository.features) {
    CHECK(repository.find_source(feature.source) != nullptr);
    CHECK_EQ(repository.find_source(feature.source)->entity, feature.entity);
    CHECK(feature.type.scalar != ScalarType::kNull && feature.type.scalar != ScalarType::kDuration);
    CHECK(!feature.is_derived() || feature.formulas.size() == 1);
    for (const ExprPtr& formula : feature.formulas) {
      CHECK(formula != nullptr);
      for (const Reference& reference : references_of(*formula)) {
        if (reference.kind == Reference::Kind::kFeature) CHECK(repository.find_feature(reference.name) != nullptr);
      }
    }
  }
}

void run(std::string text) {
  const LoadedRepository loaded = load_repository({{"project.yaml", std::move(text)}});
  for (const Diagnostic& diagnostic : loaded.diagnostics.sorted()) {
    CHECK(find_code(diagnostic.code) != nullptr);
    check_span(diagnostic.span);
    for (const Related& related : diagnostic.related) check_span(related.span);
  }
  check_repository(loaded.repository);
  CHECK(!render_text(loaded.diagnostics, loaded.files, true).empty() || loaded.diagnostics.sorted().empty());
  CHECK(!render_json(loaded.diagnostics).empty());
  CHECK(!render_sarif(loaded.diagnostics).empty());
}

}  // namespace
}  // namespace headrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  headrace::run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
