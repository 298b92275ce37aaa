#include "generate_code.h"

#include "base/clock.h"
#include "binding/python_errors.h"
#include "binding/python_words.h"
#include "language/diagnostics/in_words.h"
#include "language/diagnostics/render.h"
#include "session/generated/generate_job.h"
#include "session/output/json_output.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;

namespace headrace {

nb::tuple generate_code(const OpenRepository& repository, std::string target, std::string dialect, std::string engine,
                        std::string offline, std::string views, std::vector<std::string> features,
                        std::vector<std::string> excluded, std::string output, bool skip_refused, bool overwrite) {
  if (repository.session().diagnostics().has_errors()) {
    raise_definition_error(repository.session().diagnostics(), repository.session().loaded().files);
  }
  const GenerateJob job{.target = std::move(target),
                        .choices = {std::move(dialect), std::move(engine), std::move(offline), std::move(views)},
                        .features = std::move(features),
                        .excluded = std::move(excluded),
                        .output = std::move(output),
                        .now = {system_clock().now_us()},
                        .skips_refused = skip_refused,
                        .overwrites_edits = overwrite};
  GenerateReport report = value_or_raise([&] {
    const nb::gil_scoped_release unlocked;
    return generate(repository.session(), job);
  }());
  report.diagnostics = in_words_of(python_words(), report.diagnostics);
  return nb::make_tuple(to_json(report, job, repository.session().repository()), report.is_refused,
                        render_text(report.diagnostics, repository.session().loaded().files, false),
                        render_summary(report.diagnostics));
}

}  // namespace headrace
