#include "codegen/airflow/airflow.h"

#include "codegen/airflow/airflow_templates.h"
#include "codegen/steps/steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// What differs between warehouses: the provider, and what the README says of it.
struct WarehouseTexts {
  std::string_view provider;
  std::string_view how_it_waits;
  std::string_view settings;
  std::string_view feast;  // empty: Feast has no store over it
  std::string_view tested;
};

constexpr WarehouseTexts kBigQueryTexts = {
    .provider = "apache-airflow-providers-google==22.8.0",
    .how_it_waits =
        "Each file is one job of BigQuery. The worker submits it and the triggerer asks for its state, so no "
        "slot of a worker is held\nmeanwhile. A file of more than a million bytes is refused by the task, "
        "because a job takes no longer one.",
    .settings =
        "| `dataset` | `PROJECT.DATASET`: where the tables are, and who pays | must be set |\n"
        "| `location` | of the dataset, such as `EU` | the service's default |\n"
        "| `connection` | Airflow's Connection | `google_cloud_default` |",
    .feast = "`headrace generate feast --offline bigquery`",
    .tested =
        "- Tested by those who made this generator: Airflow 3.3.2 with SQLite, `airflow dags test`, with a server on "
        "this machine that takes\n  BigQuery's jobs and runs them in DuckDB. Nothing ran in BigQuery."};

constexpr WarehouseTexts kSnowflakeTexts = {
    .provider = "apache-airflow-providers-snowflake==6.20.0",
    .how_it_waits =
        "Each file is a session, because tables for its parts belong to one. The slot of the worker is held "
        "until it has ended: give\nthese tasks a pool. (Airflow's deferrable operator for Snowflake speaks "
        "its SQL API, which could not be tried here.)",
    .settings =
        "| `database`, `schema` | where the tables are | those of the Connection |\n"
        "| `connection` | Airflow's Connection | `snowflake_default` |",
    .feast = "`headrace generate feast --offline snowflake`; `database` and `schema` must be set then",
    .tested =
        "- Tested by those who made this generator: Airflow 3.3.2 imports the DAG with the provider of Snowflake, and "
        "the\n"
        "  statements run through fakesnow, which imitates Snowflake. Nothing ran in Snowflake."};

constexpr WarehouseTexts kDuckDbTexts = {
    .provider = "duckdb==2.0.0",
    .how_it_waits =
        "The statements run in DuckDB in the worker, one file after the other, because a database has one "
        "writer.",
    .settings =
        "| `database` | the file of the database, on a disk of the worker | must be set |\n"
        "| `base` | folder that the sources' paths are relative to | `.` |",
    .feast = "",
    .tested =
        "- Tested by those who made this generator: Airflow 3.3.2 with SQLite, `airflow dags test`, values equal to "
        "the "
        "engine's."};

const WarehouseTexts& texts_of(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return kBigQueryTexts;
    case SqlDialect::kSnowflake: return kSnowflakeTexts;
    case SqlDialect::kDuckDb: return kDuckDbTexts;
  }
  return kBigQueryTexts;
}

std::string feast_rows(const WarehouseTexts& texts) {
  if (texts.feast.empty()) return "| `feast` | Feast has no store over these tables | not set |";
  return fmt::format(
      "| `feast`, `feast_options` | Feast's program, in an environment of its own, and its options | not set: nothing "
      "is "
      "put online |\n| `feast_repository` | the folder that {} wrote | not set |",
      texts.feast);
}

Places places_of(const StartedEngine& engine) {
  if (engine.kind != EngineKind::kSql) return {};
  const WarehouseTexts& texts = texts_of(engine.dialect);
  return {{"dialect", std::string(to_string(engine.dialect))},
          {"provider", std::string(texts.provider)},
          {"how_it_waits", std::string(texts.how_it_waits)},
          {"settings", std::string(texts.settings)},
          {"loads_sources", engine.dialect == SqlDialect::kDuckDb ? "`true`: views" : "`false`"},
          {"feast_settings", feast_rows(texts)},
          {"skips_tables", engine.dialect == SqlDialect::kDuckDb ? "; *skipped* where `sources` makes views" : ""},
          {"tested", std::string(texts.tested)}};
}

std::string_view folder_of(EngineKind kind) {
  switch (kind) {
    case EngineKind::kNative: return "native/";
    case EngineKind::kBeam: return "beam/";
    case EngineKind::kSql: return "sql/";
  }
  return "";
}

/// Modules for other warehouses need other providers.
bool is_wanted(const StartedEngine& engine, std::string_view path) {
  constexpr std::string_view kStem = "dags/headrace_airflow/in_";
  return !path.starts_with(kStem) || path == fmt::format("{}{}.py", kStem, to_string(engine.dialect));
}

}  // namespace

GeneratedProject generate_airflow(const GeneratorInput& input, const StartedEngine& engine) {
  const std::string id = orchestrated_id(input);
  const std::string code_folder = id + (engine.kind == EngineKind::kBeam ? "_beam" : "_sql");
  StartedCode code = started_code(input, engine, "dags/" + code_folder + "/");
  GeneratedProject out;
  out.refusals = std::move(code.refusals);
  if (code.outputs.empty()) return out;
  GeneratorInput started = input;
  started.outputs = code.outputs;

  // Modules as they are, then texts of the project.
  const EmbeddedFolder templates = airflow_templates();
  const std::string folder(folder_of(engine.kind));
  out.files = std::move(code.files);
  for (const std::string& below : {std::string("all/"), folder}) {
    for (GeneratedFile& file : files_below(templates, below)) {
      if (!file.path.ends_with(".in") && is_wanted(engine, file.path)) out.files.push_back(std::move(file));
    }
  }
  for (GeneratedFile& file : step_modules("dags/")) out.files.push_back(std::move(file));

  Places places = places_of(engine);
  places["entities_folder"] = code.entities;
  places["table"] = code.table;
  places["around"] = project_text(text_of(templates, "shared/around.md.in"), started);
  const auto filled = [&](const std::string& name) {
    return project_text(text_of(templates, folder + name), started, places);
  };
  out.files.push_back({"dags/" + id + ".py", filled("dag.py.in")});
  out.files.push_back({"README.md", filled("README.md.in")});
  if (engine.kind == EngineKind::kSql) out.files.push_back({"requirements.txt", filled("requirements.txt.in")});
  // What the DAG imports or starts are no DAGs.
  std::string ignored = "headrace_airflow\nheadrace_steps\n";
  if (engine.kind != EngineKind::kNative) ignored += code_folder + "\n";
  out.files.push_back({"dags/.airflowignore", ignored});

  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
