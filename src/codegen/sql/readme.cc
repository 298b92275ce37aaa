#include "codegen/sql/readme.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>

namespace headrace::sql {
namespace {

std::string_view tried(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery:
      return "The text was parsed by sqlglot as BigQuery's dialect, and nothing more: nothing ran in BigQuery.";
    case SqlDialect::kSnowflake:
      return "Headrace's tests run such statements through fakesnow, which translates them for DuckDB, and parse them "
             "with\n"
             "sqlglot. Nothing ran in Snowflake; loading (`sources.sql`) was parsed only.";
    case SqlDialect::kDuckDb:
      return "Headrace's tests run such statements in DuckDB 2.0 and compare every value with the native engine's "
             "meaning.";
  }
  return "";
}

std::string_view steps(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery:
      return "1. `tables.sql` makes the tables of the sources, in the default dataset of the query.\n"
             "2. `sources.sql` loads files from Cloud Storage into them.\n";
    case SqlDialect::kSnowflake:
      return "1. `tables.sql` makes the tables of the sources. Sessions must use `TIMEZONE = 'UTC'`; `sources.sql` "
             "sets it.\n"
             "2. `sources.sql` makes stages and copies from them into the tables.\n";
    case SqlDialect::kDuckDb:
      return "1. `sources.sql` makes views over the sources' files; run it in the project's folder. Sources without "
             "files are\n"
             "   tables of `tables.sql`, to be filled by you.\n";
  }
  return "";
}

std::string_view loading(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery:
      return "`load_offline.py` loads what `headrace backfill --output gs://BUCKET/FOLDER` wrote, a load job for each "
             "day, "
             "into\n"
             "the tables of `offline_tables.sql`. A day is loaded once and can be loaded again.\n\n"
             "```\n"
             "pip install -r requirements.txt\n"
             "python load_offline.py --store gs://BUCKET/FOLDER --dataset DATASET\n"
             "```\n\n"
             "Headrace's tests run it with Google's client against a server that carries the jobs out in DuckDB. "
             "Nothing "
             "ran in\n"
             "BigQuery.\n\n";
    case SqlDialect::kSnowflake:
      return "`load_offline.py` loads what `headrace backfill --output gs://BUCKET/FOLDER` (or `s3://`, or a folder) "
             "wrote, "
             "a\n"
             "transaction with COPY for each day, into the tables of `offline_tables.sql`. A day is loaded once and "
             "can be\n"
             "loaded again. The stage's URL is the store's folder; a folder on this machine needs none.\n\n"
             "```\n"
             "pip install -r requirements.txt\n"
             "python load_offline.py --store gs://BUCKET/FOLDER --stage @STAGE --connection NAME\n"
             "```\n\n"
             "Headrace's tests run it through fakesnow. Nothing ran in Snowflake.\n\n";
    case SqlDialect::kDuckDb: break;
  }
  return "";
}

std::string_view arithmetic(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery:
    case SqlDialect::kSnowflake:
      return "Sums of doubles are the dialect's own: they agree with the native engine's exact sums within 1e-9 "
             "relative, as\n"
             "long as large terms do not cancel.";
    case SqlDialect::kDuckDb:
      return "Sums of doubles are compensated (`fsum`) and, in windows where terms cancel, computed again without "
             "error: they\n"
             "agree with the native engine's exact sums within 1e-9 relative. Moments, weighted means and correlations "
             "agree so\n"
             "unless they cancel to almost nothing: then within 1e-9 of the size of their terms (skewness: of 1e-20 of "
             "it).";
  }
  return "";
}

/// Where files are read with another tolerance than the native engine's.
std::string_view reading(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kDuckDb:
      return "`sources.sql` reads files as the native engine does where their rows are good: times become UTC by their "
             "offset, an\n"
             "empty field of CSV is null and `\"\"` the empty text, columns are found by name. It differs in this:\n\n"
             "- Rows that the native engine leaves out as bad may be taken: DuckDB's casts read `1.0` and `1e3` as "
             "integers and\n"
             "  `1`, `t` and `yes` as booleans. Where a cast fails, the whole statement does. Times are as strict as "
             "there.\n"
             "- Keys of CSV and NDJSON files that the source does not declare are text, also where all are integers.\n"
             "- A column that some file lacks is null there; the native engine refuses such a file. Folders of the "
             "path "
             "(`day=..`)\n"
             "  are no columns.\n"
             "- Of a folder only the files named by the format are read (`*.csv*`, `*.ndjson*`, `*.parquet`). Tabs "
             "separate the\n"
             "  fields if the path ends in `.tsv`, `.tsv.gz` or `.tsv.zst`, else commas do.\n";
    case SqlDialect::kSnowflake:
      return "`sources.sql` turns times into UTC by their offset; without one they are UTC. Columns of CSV files are "
             "taken by\n"
             "position. Rows that the native engine leaves out as bad may be loaded or end the load.\n";
    case SqlDialect::kBigQuery:
      return "Times with an offset are loaded as that instant; without one they are UTC. Rows that the native engine "
             "leaves out as\n"
             "bad may be loaded or end the load.\n";
  }
  return "";
}

}  // namespace

std::string readme(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                   const std::vector<Refusal>& refusals) {
  std::string out =
      fmt::format("# {}: features in {} SQL\n\nGenerated by Headrace. Do not edit: change the definitions.\n\n",
                  input.plan.project.empty() ? "A project" : markdown_text(input.plan.project), to_string(dialect));
  out += "## Use\n\n";
  out += steps(dialect);
  const int next = dialect == SqlDialect::kDuckDb ? 2 : 3;
  out += fmt::format(
      "{}. `features/NAME.sql` makes the offline table `feature_NAME`: one row for each distinct key and time of\n"
      "   the driving source's events. `entities/ENTITY.sql` makes `features_of_ENTITY` with all its features.\n"
      "{}. `point_in_time/NAME.sql` gives the rows of a table `{}`, which has the key columns, `event_time`\n"
      "   and whatever else, with the feature's value as of that time. `event_time` must be a {}, in UTC.\n"
      "   Rows keep their number; those without key or time get null.\n\n",
      next, next + 1, names.observations_table(), column_type(dialect, ScalarType::kTimestamp));
  out += "Columns of type timestamp hold UTC.\n\n";
  if (!loading(dialect).empty()) out += fmt::format("## Load an offline store\n\n{}", loading(dialect));
  out += "## What was run\n\n";
  out += tried(dialect);
  out += "\n\n## Agreement\n\n";
  out += arithmetic(dialect);
  out +=
      " Values that do not come from sums of doubles are equal, but `exp`,\n`ln`, `log10`, `log2` and `pow` may differ "
      "in the last digit.\n";
  if (dialect == SqlDialect::kBigQuery)
    out += "BigQuery keeps a null array as an empty one; no feature has an empty list.\n";
  if (dialect != SqlDialect::kBigQuery)
    out += "Events of one time are ordered by the source's `arrival` column, else by file and row.\n";
  out += "\n## Reading files\n\n";
  out += reading(dialect);
  out += "\n## Refused\n\n";
  if (refusals.empty()) return out + "Nothing: all features are here.\n";
  out += "| feature | code | why |\n|---|---|---|\n";
  for (const Refusal& refusal : refusals)
    out += fmt::format("| {} | {} | {} |\n", refusal.feature, refusal.code, markdown_cell(refusal.message));
  if (!loading(dialect).empty())
    out += "\nThe offline tables have these features too: their values are loaded, not computed here.\n";
  return out;
}

}  // namespace headrace::sql
