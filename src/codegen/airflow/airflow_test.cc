#include "codegen/airflow/airflow.h"

#include "codegen/steps/orchestrated_testing.h"

namespace headrace {
namespace {

TEST(Airflow, FilesAreSortedFullAndTheSameEachTime) {
  for (const StartedEngine& engine : started_engines()) expect_sorted_full_and_stable(generate_airflow, engine);
}

TEST(Airflow, TheDagHasTheNameOfTheProject) {
  expect_paths(generate_airflow,
               {"dags/headrace_two_pumps.py", "dags/headrace_steps/steps.py", "dags/headrace_airflow/projects.py",
                "dags/.airflowignore", "README.md", "requirements.txt"});
}

TEST(Airflow, TheDagHasWhatItStarts) {
  expect_paths(generate_airflow,
               {"dags/headrace_two_pumps_beam/pipeline.py", "dags/headrace_two_pumps_beam/setup.py",
                "dags/headrace_airflow/pipelines.py", "requirements.txt"},
               {EngineKind::kBeam});
  expect_paths(generate_airflow,
               {"dags/headrace_two_pumps_sql/tables.sql", "dags/headrace_two_pumps_sql/entities/pump.sql",
                "dags/headrace_airflow/in_snowflake.py", "requirements.txt"},
               {EngineKind::kSql, SqlDialect::kSnowflake});
}

TEST(Airflow, LeavesOutWhatTheEngineRefuses) { expect_refused_features_left_out(generate_airflow); }

}  // namespace
}  // namespace headrace
