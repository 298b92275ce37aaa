#include "codegen/airflow/airflow.h"

#include "codegen/steps/orchestrated_testing.h"

namespace headrace {
namespace {

TEST(Airflow, FilesAreSortedFullAndTheSameEachTime) { expect_sorted_full_and_stable(generate_airflow); }

TEST(Airflow, TheDagHasTheNameOfTheProject) {
  expect_paths(generate_airflow, {"dags/headrace_two_pumps.py", "dags/headrace_steps/steps.py", "dags/.airflowignore",
                                  "README.md", "requirements.txt"});
}

}  // namespace
}  // namespace headrace
