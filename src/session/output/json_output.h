#pragma once

/// The shapes of `--format json`, in one place; each has `format_version`, which rises when a reader would break.
///
/// Diagnostics, plans, graphs, explanations and verdicts have descriptions of their own, in files named *_json.

#include "io/offline/verify_store.h"
#include "session/generated/generate_job.h"
#include "session/jobs/backfill_job.h"
#include "session/jobs/dataset_job.h"
#include "session/jobs/show_job.h"
#include "session/jobs/test_run.h"

#include <string>

namespace headrace {

inline constexpr int kJsonOutputVersion = 1;

// Each as the struct's description in json_output.cc says; json_output_schema() has it as a JSON Schema.
std::string to_json(const TestReport& report);
std::string to_json(const BackfillReport& report);
std::string to_json(const DatasetReport& report);
std::string to_json(const GenerateReport& report, const GenerateJob& job, const Repository& repository);

/// {"format_version", "tables": [{"entity", "keys", "features", "rows": [{column: value}], "rows_total"}], "warnings",
/// "notes"}
std::string to_json(const ShowReport& report);

/// `store`: its folder, as it was named.
std::string to_json(const StoreCheck& check, const std::string& store);

/// "9f86d081884c7d65": 16 hexadecimal digits.
std::string hash_text(const TableChecksum& checksum);

/// The JSON Schema of the output of a verb with --format json: check, test, backfill, dataset, explain, show, graph, plan, verify,
/// parity.
/// Empty for other names.
std::string json_output_schema(const std::string& command);

}  // namespace headrace
