#include "codegen/kubeflow/kubeflow.h"

#include "codegen/kubeflow/kubeflow_templates.h"
#include "codegen/steps/steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// What the texts say of one warehouse's client: its part of the template `NAME`.
std::string client_text(SqlDialect dialect, std::string_view name) {
  std::string text(text_of(kubeflow_templates(), fmt::format("sql/{}.{}.in", to_string(dialect), name)));
  text.pop_back();  // its newline
  return text;
}

/// Of headrace_steps.statements.
std::string_view settings_class(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return "BigQuerySettings";
    case SqlDialect::kSnowflake: return "SnowflakeSettings";
    case SqlDialect::kDuckDb: return "DuckDbSettings";
  }
  return "";
}

Places client_places(const StartedEngine& engine) {
  if (engine.kind != EngineKind::kSql) return {};
  return {{"client", client_text(engine.dialect, "package.txt")},
          {"credentials", client_text(engine.dialect, "credentials.md")},
          {"dialect", std::string(to_string(engine.dialect))},
          {"run_function", fmt::format("run_in_{}", to_string(engine.dialect))},
          {"settings", client_text(engine.dialect, "settings.md")},
          {"settings_class", std::string(settings_class(engine.dialect))},
          {"tested", client_text(engine.dialect, "tested.md")}};
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
