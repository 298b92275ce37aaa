#pragma once

/// The shapes of `--format json`, in one place; each has `format_version`, which rises when a reader would break.
///
/// Diagnostics and plans have their own forms (language/diagnostics/render.h, plan/plan.h).

#include "session/backfill_job.h"
#include "session/dataset_job.h"
#include "session/test_run.h"

#include <string>

namespace headrace {

inline constexpr int kJsonOutputVersion = 1;

/// {"format_version", "engines", "passed", "failed", "skipped", "cases": [{"file", "engine", "about", "outcome",
/// "asks", "values", "mismatches": [{"ask", "entity", "at", "feature", "expected", "actual", "line", "column"}],
/// "refused": [{"feature", "reason"}], "refusal", "error", "problems": [diagnostic ..], "statistics"}]}
std::string to_json(const TestReport& report);

/// {"format_version", "output", "entities": [{"entity", "features", "rows", "partitions_written", "partitions_reused",
/// "bytes", "reused", "reason", "checksum"}], "quality", "bad_rows", "warnings", "notes", "statistics",
/// "peak_memory_bytes"}
std::string to_json(const BackfillReport& report);

/// {"format_version", "output", "time_column", "entities", "features", "rows", "incomplete_rows", "bytes", "checksum",
/// "bad_rows", "warnings", "notes", "statistics", "peak_memory_bytes"}
std::string to_json(const DatasetReport& report);

/// "9f86d081884c7d65": 16 hexadecimal digits.
std::string hash_text(const TableChecksum& checksum);

/// The JSON Schema of the output of a verb with --format json: check, test, backfill, dataset, explain, graph, plan.
/// Empty for other names.
std::string json_output_schema(const std::string& command);

}  // namespace headrace
