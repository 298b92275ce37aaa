#pragma once

/// What computes where an orchestrator starts it, and the code that is started. For codegen/airflow and codegen/kubeflow.

#include "codegen/generated_project.h"
#include "codegen/sql/sql.h"

#include <optional>
#include <string>
#include <string_view>

namespace headrace {

enum class EngineKind {
  kNative,  // the program itself
  kBeam,    // the generated Beam pipeline
  kSql,     // the generated statements
};

/// By name: "native", "beam", "sql".
std::optional<EngineKind> engine_kind(std::string_view name);

struct StartedEngine {
  EngineKind kind = EngineKind::kNative;
  SqlDialect dialect = SqlDialect::kBigQuery;  // of kSql
};

/// The code that a schedule starts, with what it cannot say.
struct StartedCode {
  std::vector<GeneratedFile> files;  // below the folder; none for the program, or where everything is refused
  std::vector<Refusal> refusals;
  std::vector<size_t> outputs;  // of the plan: the features that it computes
  // Of SQL: the folder with the file of each entity, and what its table is called there, "features_of_{entity}".
  std::string entities;
  std::string table;
};

/// `folder` ends with `/`. Of SQL only what a schedule runs: the tables of sources, their loads, and a table an entity; of
/// those that are filled day by day where the dialect has them, and the whole ones for the first filling.
StartedCode started_code(const GeneratorInput& input, const StartedEngine& engine, const std::string& folder);

}  // namespace headrace
