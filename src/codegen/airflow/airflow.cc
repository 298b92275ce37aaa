#include "codegen/airflow/airflow.h"

#include "codegen/airflow/airflow_templates.h"
#include "codegen/steps/steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// What the texts say of one warehouse: its part of the template `NAME`.
std::string warehouse_text(SqlDialect dialect, std::string_view name) {
  std::string text(text_of(airflow_templates(), fmt::format("sql/{}.{}.in", to_string(dialect), name)));
  text.pop_back();  // its newline
  return text;
}

Places places_of(const StartedEngine& engine) {
  if (engine.kind != EngineKind::kSql) return {};
  return {{"dialect", std::string(to_string(engine.dialect))},
          {"provider", warehouse_text(engine.dialect, "provider.txt")},
          {"how_it_waits", warehouse_text(engine.dialect, "waits.md")},
          {"settings", warehouse_text(engine.dialect, "settings.md")},
          {"skips_tables", engine.dialect == SqlDialect::kDuckDb ? "; *skipped* where `sources` makes views" : ""},
          {"tested", warehouse_text(engine.dialect, "tested.md")}};
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
