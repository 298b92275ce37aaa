// Any text is parsed, typed and evaluated; the values keep the promises of the evaluator. Built with HEADRACE_FUZZERS.

#include "base/check.h"
#include "compute/expressions/boxed_vector.h"
#include "compute/expressions/evaluator.h"
#include "language/typing/formula_fixture.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace headrace {
namespace {

constexpr int kRows = 5;

/// Columns of rows whose values are at the ends of their ranges, every second one null with junk under it.
struct Columns {
  std::vector<double> doubles = {0.0, 1e308, -5e-324, -1.5, 9.3e18};
  std::vector<int64_t> ints = {0, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), -1, 7};
  std::vector<int64_t> times = {0, kTimestampMicrosMin, kTimestampMicrosMax, -1, 1'700'000'000'123'456};
  std::vector<std::string_view> strings = {"",
                                           "Grö\xc3\x9f"
                                           "e",
                                           "12", "\xff\xed\xa0\x80", " true "};
  std::vector<uint8_t> bools = {0, 1, 1, 0, 1};
  std::vector<uint8_t> some_valid = {1, 0, 1, 0, 1};
};

VectorView view_of(const FixtureColumn& column, const Columns& columns) {
  VectorView view{column.type.scalar, column.value.is_null() ? columns.some_valid.data() : nullptr, nullptr};
  switch (column.type.scalar) {
    case ScalarType::kDouble: view.values = columns.doubles.data(); break;
    case ScalarType::kInt64: view.values = columns.ints.data(); break;
    case ScalarType::kString: view.values = columns.strings.data(); break;
    case ScalarType::kTimestamp: view.values = columns.times.data(); break;
    default: view.values = columns.bools.data(); break;
  }
  return view;
}

void check_promises(const VectorView& out) {
  for (int row = 0; row < kRows; ++row) {
    if (!out.is_valid(row)) continue;
    if (out.type == ScalarType::kDouble) {
      const double value = out.doubles()[row];
      CHECK(std::isfinite(value) && !(value == 0.0 && std::signbit(value)));
    }
    if (out.type == ScalarType::kTimestamp) CHECK(is_valid_timestamp(out.int64s()[row]));
    if (out.type == ScalarType::kBool) CHECK(out.bools()[row] <= 1);
  }
}

void run(std::string_view text) {
  Diagnostics diagnostics;
  const ExprPtr expr = fixture_expr(text, diagnostics);
  CHECK((expr == nullptr) == diagnostics.has_errors());
  if (expr == nullptr || expr->type.is_list) return;
  CHECK(!canonical_text(*expr).empty());

  static const Columns columns;
  std::vector<Reference> references;
  std::vector<VectorView> views;
  for (const FixtureColumn& column : fixture_columns()) {
    references.push_back({Reference::Kind::kColumn, "s", std::string(column.name)});
    views.push_back(view_of(column, columns));
  }
  Evaluator evaluator(Program::compile({expr}, references), kRows);
  evaluator.run(views, columns.times.data(), kRows);
  check_promises(evaluator.output(0));

  // Each row alone gives the same.
  for (int row = 0; row < kRows; ++row) {
    const auto value_of = [&](const Reference& reference) -> Value {
      for (size_t i = 0; i < references.size(); ++i) {
        if (references[i] == reference) return value_at(views[i], row);
      }
      return {};
    };
    CHECK(evaluate_one(*expr, value_of, {columns.times[static_cast<size_t>(row)]}) ==
          value_at(evaluator.output(0), row));
  }
}

}  // namespace
}  // namespace headrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  headrace::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
