#include "app/server/reloading.h"

#include "app/command_line.h"
#include "app/json_log.h"
#include "app/server/arrow_forms.h"
#include "app/terminal.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "language/diagnostics/diagnostic_json.h"
#include "language/diagnostics/render.h"

#include <fmt/format.h>

namespace headrace {
namespace {

constexpr size_t kVersionDigits = 16;

std::vector<ApiDiagnostic> diagnostics_of(const Session& session) {
  std::vector<ApiDiagnostic> out;
  for (const Diagnostic& each : session.diagnostics().sorted()) {
    out.push_back({.code = each.code,
                   .severity = JsonText<Severity>::write(each.severity),
                   .message = each.message,
                   .file = each.span.file,
                   .line = each.span.line,
                   .column = each.span.column,
                   .help = each.help});
  }
  return out;
}

/// As `headrace check` tells it, or a line of JSON for each.
void tell_problems(const Session& session) {
  if (!are_messages_json()) {
    return write_err(render_text(session.diagnostics(), session.loaded().files, wants_color(Stream::kErr)));
  }
  for (const ApiDiagnostic& each : diagnostics_of(session)) {
    log_message(each.severity, fmt::format("{}:{}: {}: {}", each.file, each.line, each.code, each.message), each.help);
  }
}

/// Of the meaning of all features.
std::string version_of(const Plan& plan) {
  std::string digests;
  for (const PlanFeature& each : plan.features) digests += each.name + " " + each.digest + "\n";
  return sha256_hex(digests).substr(0, kVersionDigits);
}

}  // namespace

Result<std::shared_ptr<const TokenTable>> read_tokens(const std::string& file) {
  if (file.empty()) return std::shared_ptr<const TokenTable>();
  ASSIGN_OR_RETURN(const std::string text, real_file_system().read_file(file));
  ASSIGN_OR_RETURN(TokenTable table, TokenTable::parse(text, file));
  return std::make_shared<const TokenTable>(std::move(table));
}

ApiOr<ReloadAnswer> Reloading::reload() {
  const std::lock_guard lock(mutex_);
  ApiOr<ReloadAnswer> answer = try_to_reload();
  if (std::holds_alternative<ApiError>(answer)) report_warning("nothing was reloaded: requests are answered as before");
  return answer;
}

ApiOr<ReloadAnswer> Reloading::try_to_reload() {
  const auto refused = [](const Error& error) {
    report_error(error);
    return ApiError::of(error);
  };
  Result<Session> session = Session::open(places_.folder);
  if (!session) return refused(session.error());
  if (session->diagnostics().has_errors()) {
    tell_problems(*session);
    return ApiError{.status = 422,
                    .code = "bad_definitions",
                    .message = "the definitions have errors; everything stays as it was",
                    .help = "`headrace check` tells them too",
                    .diagnostics = diagnostics_of(*session)};
  }
  const Status placed = session->place_sources(places_.sources);
  if (!placed.ok()) return refused(placed.error());
  Result<std::shared_ptr<const TokenTable>> tokens = read_tokens(places_.tokens);
  if (!tokens) return refused(tokens.error());
  const Status taken = values_->reload(*session);
  if (!taken.ok()) return refused(taken.error());
  const Status fed = topics_ != nullptr ? topics_->feed(*values_) : Status();
  if (!fed.ok()) report_error(fed.error());  // of a source that is new; the others are as they should be

  const auto catalog = std::make_shared<const FeatureCatalog>(session->repository());
  api_.swap({.catalog = catalog, .tokens = *std::move(tokens), .live = values_, .arrow = &arrow_forms()});
  return ReloadAnswer{.project = catalog->project(),
                      .features = static_cast<int64_t>(catalog->features().size()),
                      .version = version_of(values_->live()->plan()),
                      .diagnostics = diagnostics_of(*session)};
}

}  // namespace headrace
