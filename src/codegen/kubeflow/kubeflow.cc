#include "codegen/kubeflow/kubeflow.h"

#include "codegen/kubeflow/kubeflow_templates.h"
#include "codegen/steps/steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// What differs between the clients of warehouses.
struct ClientTexts {
  std::string_view package;
  std::string_view settings_class;
  std::string_view run_function;
  std::string_view settings;
  std::string_view feast;  // empty: Feast has no store over it
  std::string_view credentials;
  std::string_view tested;
};

constexpr ClientTexts kBigQueryClient = {
    .package = "google-cloud-bigquery==3.47.0",
    .settings_class = "BigQuerySettings",
    .run_function = "run_in_bigquery",
    .settings =
        "| `dataset` | `PROJECT.DATASET`: where the tables are, and who pays | must be set |\n"
        "| `location` | of the dataset, such as `EU` | the service's default |",
    .feast = "`headrace generate feast --offline bigquery`",
    .credentials = "For Google's services give the pods' service account its rights.",
    .tested =
        "- Tested by those who made this generator: kfp 2.17.0 compiles it and its local runner (`SubprocessRunner`) "
        "runs "
        "it, with a server on this\n  machine that takes BigQuery's jobs and runs them in DuckDB. Not run by them: "
        "a cluster, BigQuery; and the image was not built by Docker."};

constexpr ClientTexts kSnowflakeClient = {
    .package = "snowflake-connector-python==4.8.1",
    .settings_class = "SnowflakeSettings",
    .run_function = "run_in_snowflake",
    .settings =
        "| `database`, `schema` | where the tables are | those of the connection |\n"
        "| `connection` | of `connections.toml` in the image or a volume | `snowflake_default` |",
    .feast = "`headrace generate feast --offline snowflake`; `database` and `schema` must be set then",
    .credentials = "The connector finds its `connections.toml` in the folder that `SNOWFLAKE_HOME` names: mount one.",
    .tested =
        "- Tested by those who made this generator: kfp 2.17.0 compiles it. Not run by them: a cluster, Snowflake; and "
        "the "
        "image was not built by Docker."};

constexpr ClientTexts kDuckDbClient = {
    .package = "duckdb==2.0.0",
    .settings_class = "DuckDbSettings",
    .run_function = "run_in_duckdb",
    .settings =
        "| `database` | the file of the database, on a volume of the pods | must be set |\n"
        "| `base` | folder that the sources' paths are relative to | `.` |",
    .feast = "",
    .credentials = "Database and files are on a volume that is mounted into the pods (`kubernetes.mount_pvc`).",
    .tested =
        "- Tested by those who made this generator: kfp 2.17.0 compiles it and its local runner (`SubprocessRunner`) "
        "runs "
        "it, values equal to the\n  engine's. Not run by them: a cluster; and the image was not built by Docker."};

const ClientTexts& client_of(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return kBigQueryClient;
    case SqlDialect::kSnowflake: return kSnowflakeClient;
    case SqlDialect::kDuckDb: return kDuckDbClient;
  }
  return kBigQueryClient;
}

Places client_places(const StartedEngine& engine) {
  if (engine.kind != EngineKind::kSql) return {};
  const ClientTexts& client = client_of(engine.dialect);
  const std::string feast =
      client.feast.empty()
          ? "| `feast` | Feast has no store over these tables | not set |"
          : fmt::format(
                "| `feast`, `feast_options` | Feast's program, and its options | not set: nothing is put online |\n"
                "| `feast_repository` | the folder that {} wrote, in the image | not set |",
                client.feast);
  return {{"client", std::string(client.package)},
          {"credentials", std::string(client.credentials)},
          {"dialect", std::string(to_string(engine.dialect))},
          {"feast_settings", feast},
          {"loads_sources", engine.dialect == SqlDialect::kDuckDb ? "`true`: views" : "`false`"},
          {"run_function", std::string(client.run_function)},
          {"settings", std::string(client.settings)},
          {"settings_class", std::string(client.settings_class)},
          {"tested", std::string(client.tested)}};
}

std::string_view template_folder(EngineKind kind) {
  switch (kind) {
    case EngineKind::kNative: return "native/";
    case EngineKind::kBeam: return "beam/";
    case EngineKind::kSql: return "sql/";
  }
  return "";
}

}  // namespace

GeneratedProject generate_kubeflow(const GeneratorInput& input, const StartedEngine& engine) {
  StartedCode code = started_code(input, engine, engine.kind == EngineKind::kBeam ? "beam/" : "sql/");
  GeneratedProject out;
  out.refusals = std::move(code.refusals);
  if (code.outputs.empty()) return out;
  GeneratorInput started = input;
  started.outputs = code.outputs;

  // Modules as they are, then texts of the project.
  const EmbeddedFolder templates = kubeflow_templates();
  const std::string folder(template_folder(engine.kind));
  out.files = std::move(code.files);
  for (const std::string& below : {std::string("all/"), folder}) {
    for (GeneratedFile& file : files_below(templates, below)) out.files.push_back(std::move(file));
  }
  for (GeneratedFile& file : step_modules("")) out.files.push_back(std::move(file));

  Places places = client_places(engine);
  places["entities_folder"] = code.entities;
  places["table"] = code.table;
  places["around"] = project_text(text_of(templates, "shared/around.md.in"), started);
  for (const std::string name : {"pipeline.py", "README.md", "requirements.txt"}) {
    if (name == "requirements.txt" && engine.kind != EngineKind::kSql) continue;
    out.files.push_back({name, project_text(text_of(templates, folder + name + ".in"), started, places)});
  }

  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
