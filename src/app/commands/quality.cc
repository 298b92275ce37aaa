#include "session/jobs/quality_job.h"

#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/printable_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace headrace {
namespace {

struct QualityOptions {
  std::string question;
  std::string store;
  std::string project;
  std::string format;
  int64_t days = 90;
};

std::string number_or_blank(const std::optional<double>& value) { return value ? fmt::format("{:.6g}", *value) : ""; }

std::string status_text(const QualityOverview& overview, bool color) {
  Table table({{"feature"},
               {"days", Align::kRight},
               {"newest"},
               {"rows", Align::kRight},
               {"nulls", Align::kRight},
               {"entities", Align::kRight},
               {"distinct", Align::kRight},
               {"min", Align::kRight},
               {"mean", Align::kRight},
               {"max", Align::kRight}});
  for (const ProfiledFeature& each : overview.features) {
    table.add_row({each.feature, grouped_digits(each.days), each.newest_day, grouped_digits(each.rows),
                   grouped_digits(each.nulls), grouped_digits(each.entities), grouped_digits(each.distinct),
                   number_or_blank(each.min), number_or_blank(each.mean), number_or_blank(each.max)});
  }
  return table.text(color);
}

std::string suggest_text(const QualityOverview& overview) {
  std::string out;
  for (const ProfiledFeature& each : overview.features) {
    out += fmt::format("# {}\n  quality_checks:\n", each.feature);
    for (const SuggestedLine& line : each.suggested) {
      out += fmt::format("    # {}\n    - {}\n", line.evidence, line.yaml);
    }
    if (each.suggested.empty()) out += "    # fewer than a hundred rows: nothing to go by\n";
  }
  return out;
}

std::string backtest_text(const QualityOverview& overview, bool color) {
  constexpr size_t kShownMax = 3;
  Table table({{"feature"}, {"check"}, {"days", Align::kRight}, {"raised", Align::kRight}, {"condition"}, {"on"}});
  for (const ProfiledFeature& each : overview.features) {
    for (const BacktestedLine& line : each.backtested) {
      const size_t shown = std::min(kShownMax, line.raised.size());
      std::string days =
          fmt::format("{}", fmt::join(line.raised.end() - static_cast<int64_t>(shown), line.raised.end(), ", "));
      if (line.raised.size() > shown) days += fmt::format(" and {} before", line.raised.size() - shown);
      const bool is_unknown = !line.reason.empty();
      table.add_row({each.feature, line.check, grouped_digits(line.days),
                     is_unknown ? "?" : grouped_digits(static_cast<int64_t>(line.raised.size())), line.condition,
                     is_unknown ? line.reason : days});
    }
  }
  return table.empty() ? "no feature with profiles has `quality_checks`\n" : table.text(color);
}

int run_quality(const QualityOptions& options) {
  const OpenedProject project = open_project(options.project);
  if (!project.session) return project.exit_code;
  QualityJob job;
  job.store = options.store;
  job.days = options.days;
  job.question = options.question == "suggest"    ? QualityQuestion::kSuggest
                 : options.question == "backtest" ? QualityQuestion::kBacktest
                                                  : QualityQuestion::kStatus;
  const Result<QualityOverview> overview = run_quality_job(*project.session, job);
  if (!overview) return report_error(overview.error());

  if (options.format == "json") {
    write_out(to_json(*overview));
  } else if (job.question == QualityQuestion::kSuggest) {
    write_out(printable(suggest_text(*overview)));
  } else if (job.question == QualityQuestion::kBacktest) {
    write_out(printable(backtest_text(*overview, false)));
  } else {
    write_out(printable(status_text(*overview, false)));
  }
  return kExitFine;
}

}  // namespace

void add_quality_command(CommandLine& line) {
  const auto options = std::make_shared<QualityOptions>();
  CLI::App& command = line.add_command(
      {.name = "quality",
       .summary = "Show what a store's values look like, and propose or replay quality checks",
       .description = "Works on the profiles of an offline store, which `headrace backfill --profiles` keeps and which "
                      "a check of drift brings. `status`: the newest day of each feature. `suggest`: checks that the "
                      "days would have kept, as YAML with their evidence. `backtest`: on which days the checks of the "
                      "repository would have been raised.",
       .examples = {{"headrace quality status offline/", "The newest day of each feature."},
                    {"headrace quality suggest offline/", "Checks to begin with, to paste below a feature."},
                    {"headrace quality backtest offline/ --days 30",
                     "How often each check would have been raised in thirty days."}}},
      [options] { return run_quality(*options); });
  command.add_option("QUESTION", options->question, "status, suggest or backtest")
      ->required()
      ->check(CLI::IsMember({"status", "suggest", "backtest"}));
  command.add_option("STORE", options->store, "Folder of the offline store")->required()->type_name("DIR");
  command.add_option("--days", options->days, "Of backtest: the newest so many days")
      ->check(CLI::Range(1, 36'500))
      ->type_name("N");
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the answer");
  add_project_option(command, options->project);
}

}  // namespace headrace
