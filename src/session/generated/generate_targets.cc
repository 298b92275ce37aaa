#include "session/generated/generate_targets.h"

#include "codegen/airflow/airflow.h"
#include "codegen/beam/beam.h"
#include "codegen/dbt/dbt.h"
#include "codegen/feast/feast.h"
#include "codegen/kubeflow/kubeflow.h"
#include "codegen/sql/sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

/// Databases add doubles in their own order (language, section 5).
constexpr double kSqlTolerance = 1e-9;

const std::vector<std::string_view> kEngines = {"native", "beam", "sql"};
const std::vector<std::string_view> kWarehouses = {"bigquery", "snowflake", "duckdb"};

GeneratedProject beam_project(const GeneratorInput& input, const GenerateChoices&) { return generate_beam(input); }

GeneratedProject feast_project(const GeneratorInput& input, const GenerateChoices& choices) {
  return generate_feast(input, {*feast_offline(choices.offline), *feast_views(choices.views)});
}

GeneratedProject sql_project(const GeneratorInput& input, const GenerateChoices& choices) {
  return generate_sql(input, *sql_dialect(choices.dialect));
}

GeneratedProject dbt_project(const GeneratorInput& input, const GenerateChoices& choices) {
  return generate_dbt(input, *sql_dialect(choices.dialect));
}

/// What an orchestrator starts. The dialect is that of `sql`.
StartedEngine started_engine(const GenerateChoices& choices) {
  return {*engine_kind(choices.engine), sql_dialect(choices.dialect).value_or(SqlDialect::kBigQuery)};
}

GeneratedProject airflow_project(const GeneratorInput& input, const GenerateChoices& choices) {
  return generate_airflow(input, started_engine(choices));
}

GeneratedProject kubeflow_project(const GeneratorInput& input, const GenerateChoices& choices) {
  return generate_kubeflow(input, started_engine(choices));
}

/// How messages call a choice.
struct ChoiceWords {
  std::string_view one;
  std::string_view several;
};

Result<std::string> chosen(const GenerateTarget& target, const ChoiceWords& words,
                           const std::vector<std::string_view>& values, const std::string& asked) {
  if (asked.empty()) return std::string(values.empty() ? std::string_view() : values.front());
  if (values.empty()) return Error::usage(fmt::format("`generate {}` has no {}", target.name, words.several));
  if (std::find(values.begin(), values.end(), asked) != values.end()) return asked;
  return Error::not_found(fmt::format("there is no {} `{}`", words.one, asked))
      .with_help(fmt::format("{} are {}", words.several, fmt::join(values, ", ")));
}

/// Streams fill a Redis under the names of entities; what lies in a warehouse comes online through Feast itself.
std::string default_views(const GenerateChoices& choices) { return choices.offline == "file" ? "entity" : "owner"; }

}  // namespace

const std::vector<GenerateTarget>& generate_targets() {
  static const std::vector<GenerateTarget> targets = {
      {.name = "beam",
       .summary = "An Apache Beam pipeline in Python: Flink, Dataflow, or on this machine",
       .generate = beam_project,
       .case_worker = beam_case_worker,
       .native_engine = "beam-native"},
      {.name = "sql",
       .summary = "SQL statements for a warehouse",
       .generate = sql_project,
       .dialects = {"duckdb", "bigquery", "snowflake"},
       .case_worker = sql_case_worker,
       .tolerance = kSqlTolerance},
      {.name = "dbt",
       .summary = "A dbt project: a model an entity, sources, tests",
       .generate = dbt_project,
       .dialects = {"duckdb", "bigquery", "snowflake"}},

      {.name = "airflow",
       .summary = "An Airflow DAG that computes day after day",
       .generate = airflow_project,
       .dialects = kWarehouses,
       .engines = kEngines},
      {.name = "kubeflow",
       .summary = "A Kubeflow pipeline that computes a day",
       .generate = kubeflow_project,
       .dialects = kWarehouses,
       .engines = kEngines},
      {.name = "feast",
       .summary = "A Feast feature repository over the offline store or a warehouse, and Redis",
       .generate = feast_project,
       .offlines = {"file", "bigquery", "snowflake"},
       .views = {"entity", "owner"}},
  };
  return targets;
}

const GenerateTarget* find_generate_target(std::string_view name) {
  for (const GenerateTarget& target : generate_targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

Result<GenerateChoices> choices_of(const GenerateTarget& target, const GenerateChoices& asked) {
  GenerateChoices out;
  ASSIGN_OR_RETURN(out.engine, chosen(target, {"engine", "engines"}, target.engines, asked.engine));
  ASSIGN_OR_RETURN(out.dialect, chosen(target, {"dialect", "dialects"}, target.dialects, asked.dialect));
  ASSIGN_OR_RETURN(out.offline, chosen(target, {"offline store", "offline stores"}, target.offlines, asked.offline));
  ASSIGN_OR_RETURN(out.views, chosen(target, {"kind of views", "kinds of views"}, target.views, asked.views));

  if (!target.views.empty() && asked.views.empty()) out.views = default_views(out);
  if (!out.engine.empty() && out.engine != "sql") {
    if (!asked.dialect.empty())
      return Error::usage(fmt::format("a dialect is for the engine `sql`, and this one is `{}`", out.engine));
    out.dialect.clear();
  }
  return out;
}

GenerateChoices beside_defaults(const GenerateTarget& target, const GenerateChoices& choices) {
  GenerateChoices out = choices;
  if (!target.engines.empty() && out.engine == target.engines.front()) out.engine.clear();
  if (!target.offlines.empty() && out.offline == target.offlines.front()) out.offline.clear();
  if (!target.views.empty() && out.views == default_views(choices)) out.views.clear();
  return out;
}

}  // namespace headrace
