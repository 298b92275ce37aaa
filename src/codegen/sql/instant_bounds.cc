#include "codegen/sql/instant_bounds.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/quoting.h"

#include <fmt/format.h>

namespace headrace::sql {

std::string true_or_error(SqlDialect dialect, const std::string& condition, std::string_view message,
                          const std::string& seen) {
  const std::string text = string_literal(dialect, message);
  // Snowflake has no function that fails: a text that is no boolean does, and is in the message.
  const std::string error = choose(dialect, fmt::format("ERROR({})", text),
                                   fmt::format("CAST({} || COALESCE(CAST({} AS VARCHAR), '') AS BOOLEAN)", text, seen),
                                   fmt::format("error({})", text));
  return fmt::format("CASE WHEN {} THEN TRUE ELSE {} END", condition, error);
}

std::string InstantBounds::start() const {
  return choose(dialect_, "@start", "$headrace_start::TIMESTAMP_NTZ(6)",
                "CAST(getvariable('headrace_start') AS TIMESTAMP)");
}

std::string InstantBounds::end() const {
  return choose(dialect_, "@end", "$headrace_end::TIMESTAMP_NTZ(6)", "CAST(getvariable('headrace_end') AS TIMESTAMP)");
}

std::string InstantBounds::start_less(int64_t us) const {
  if (us == 0) return start();
  switch (dialect_) {
    case SqlDialect::kBigQuery: return fmt::format("TIMESTAMP_SUB({}, INTERVAL {} MICROSECOND)", start(), us);
    case SqlDialect::kSnowflake: return fmt::format("DATEADD(MICROSECOND, -{}, {})", us, start());
    case SqlDialect::kDuckDb: return fmt::format("{} - to_microseconds({})", start(), us);
  }
  return {};
}

std::optional<int64_t> InstantBounds::reach(size_t source) const {
  const auto found = reach_.find(source);
  return found == reach_.end() ? std::nullopt : found->second;
}

std::string InstantBounds::rows(const std::string& time) const {
  return fmt::format("{0} >= {1} AND {0} < {2}", time, start(), end());
}

std::string InstantBounds::events(size_t source, const std::string& time) const {
  const std::optional<int64_t> us = reach(source);
  const std::string before = fmt::format("{} < {}", time, end());
  return us ? fmt::format("{} >= {} AND {}", time, start_less(*us), before) : before;
}

std::string InstantBounds::instants(const std::string& micros) const {
  return fmt::format("{0} >= {1} AND {0} < {2}", micros, to_micros(dialect_, start()), to_micros(dialect_, end()));
}

std::string InstantBounds::check() const {
  const std::string condition = fmt::format("{} < {}", start(), end());
  return fmt::format(
      "SELECT {} AS is_in_order;\n",
      true_or_error(dialect_, condition, fmt::format("Give the statement {}, start before end", usage()), start()));
}

std::string InstantBounds::usage() const {
  return choose(dialect_, "@start and @end, parameters of type TIMESTAMP",
                "SET headrace_start = '2024-03-01' and SET headrace_end = '2024-03-02'",
                "SET VARIABLE headrace_start = TIMESTAMP '2024-03-01' and SET VARIABLE headrace_end = TIMESTAMP "
                "'2024-03-02'");
}

std::string InstantBounds::since(size_t source) const {
  const std::optional<int64_t> us = reach(source);
  const std::string name = choose(dialect_, "@start", "$headrace_start", "headrace_start");
  if (!us) return "from its beginning";
  return *us == 0 ? fmt::format("from {} on", name) : fmt::format("from {} less {} on", name, to_string(Duration{*us}));
}

}  // namespace headrace::sql
