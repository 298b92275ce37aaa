#include "codegen/steps/started_engine.h"

#include "codegen/beam/beam.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kWhole = "entities/";
constexpr std::string_view kDaily = "days/entities/";

bool is_scheduled(std::string_view path) {
  return path == "tables.sql" || path == "sources.sql" || path == "README.md" || path.starts_with(kWhole) ||
         path.starts_with(kDaily);
}

}  // namespace

std::optional<EngineKind> engine_kind(std::string_view name) {
  if (name == "native") return EngineKind::kNative;
  if (name == "beam") return EngineKind::kBeam;
  if (name == "sql") return EngineKind::kSql;
  return std::nullopt;
}

StartedCode started_code(const GeneratorInput& input, const StartedEngine& engine, const std::string& folder) {
  if (engine.kind == EngineKind::kNative)
    return {.files = {}, .refusals = {}, .outputs = input.outputs, .entities = {}, .table = {}};
  const bool is_beam = engine.kind == EngineKind::kBeam;
  GeneratedProject project = is_beam ? generate_beam(input) : generate_sql(input, engine.dialect);

  StartedCode out{.files = {}, .refusals = std::move(project.refusals), .outputs = {}, .entities = {}, .table = {}};
  for (const size_t output : input.outputs) {
    const std::string& name = input.plan.features[output].name;
    const bool is_refused = std::any_of(out.refusals.begin(), out.refusals.end(),
                                        [&](const Refusal& each) { return each.feature == name; });
    if (!is_refused) out.outputs.push_back(output);
  }
  if (out.outputs.empty()) return out;

  const bool is_daily = std::any_of(project.files.begin(), project.files.end(),
                                    [](const GeneratedFile& file) { return file.path.starts_with(kDaily); });
  out.entities = is_daily ? kDaily : kWhole;
  out.table = is_daily ? "daily_features_of_{entity}" : "features_of_{entity}";
  for (GeneratedFile& file : project.files) {
    if (is_beam || is_scheduled(file.path)) out.files.push_back({folder + file.path, std::move(file.text)});
  }
  return out;
}

}  // namespace headrace
