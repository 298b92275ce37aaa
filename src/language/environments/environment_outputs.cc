#include "language/environments/environment_outputs.h"

#include "language/diagnostics/codes.h"
#include "language/environments/environment_fields.h"
#include "language/yaml/yaml_tree.h"

#include <fmt/format.h>

#include <charconv>

namespace headrace {
namespace {

constexpr Duration kRefreshMin{10'000};

/// How soon a change is written.
std::optional<Duration> read_refresh(Fields& fields) {
  const auto refresh = fields.optional_duration("refresh");
  if (refresh && *refresh < kRefreshMin) {
    report_range(*fields.optional("refresh"), "`refresh`", "10ms at least", fields.diagnostics());
  }
  return refresh;
}

/// "1%" or "0.5 %"; nothing for what is above 0 and at most 100 of them not.
std::optional<double> share_of_percent(std::string text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.pop_back();
  while (text.ends_with(' ')) text.pop_back();
  double percent = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool is_sound = problem == std::errc() && end == text.data() + text.size() && percent > 0 && percent <= 100;
  return is_sound ? std::optional(percent / 100) : std::nullopt;
}

/// Of a mapping that may have a share of what is looked at.
std::optional<double> read_sample(Fields& fields) {
  const auto sample = fields.optional_text("sample");
  if (!sample) return std::nullopt;
  const std::optional<double> share = share_of_percent(sample->text);
  if (share) return share;
  report_kind(*fields.optional("sample"), "`sample`", "a share above 0% and up to 100%, such as 1%",
              fields.diagnostics());
  return std::nullopt;
}

/// Headers let a server in, so each is a secret.
void read_headers(Fields& traces, EnvironmentTraces& into) {
  const YamlNode* node = mapping_of(traces, "headers", "a mapping from names of headers to variables or files");
  if (node == nullptr) return;
  Diagnostics& diagnostics = traces.diagnostics();
  for (size_t i = 0; i + 1 < node->items.size(); i += 2) {
    const std::string& name = node->items[i]->text;
    const YamlNode& value = *node->items[i + 1];
    if (!value.is_scalar() || value.is_null()) {
      report_kind(value, fmt::format("`{}`", name), "a text", diagnostics);
      continue;
    }

    if (!name.ends_with(kFileSuffix) && value.text.find("${") == std::string::npos) {
      Diagnostic problem =
          make_diagnostic("N001", fmt::format("the header `{}` is written into environments.yaml", name), value.span());
      problem.help = fmt::format("write the variable that has it, `{}: ${{VARIABLE}}`, or the file, `{}{}: PATH`", name,
                                 name, kFileSuffix);
      diagnostics.add(std::move(problem));
      continue;
    }
    into.headers[name] = {value.text, value.span()};
  }
}

}  // namespace

std::optional<EnvironmentRedis> read_redis(Fields& fields) {
  const YamlNode* node = mapping_of(fields, "redis", "a mapping, `{}` for the one on this machine");
  if (node == nullptr) return std::nullopt;
  EnvironmentRedis redis;
  Fields own(*node, "`redis`", node->span(),
             {"address", "user", "password", "password_file", "ca", "project", "refresh", "expire_after"},
             fields.diagnostics());
  redis.address = text_of(own, "address");
  redis.user = text_of(own, "user");
  redis.password = text_of(own, "password");
  refuse_written_password(redis.password, own.diagnostics());
  redis.password_file = text_of(own, "password_file");
  redis.ca = text_of(own, "ca");
  redis.project = text_of(own, "project");
  redis.refresh = read_refresh(own);
  redis.expire_after = own.optional_duration("expire_after");
  return redis;
}

std::optional<EnvironmentValuesFile> read_values_file(Fields& fields) {
  const YamlNode* node = mapping_of(fields, "values_file", "a mapping with `path`");
  if (node == nullptr) return std::nullopt;
  EnvironmentValuesFile file;
  Fields own(*node, "`values_file`", node->span(), {"path", "refresh"}, fields.diagnostics());
  if (const auto path = own.required_text("path")) file.path = EnvironmentText{path->text, path->span};
  file.refresh = read_refresh(own);
  return file;
}

std::optional<EnvironmentFeatureLog> read_feature_log(Fields& fields) {
  const YamlNode* node = mapping_of(fields, "feature_log", "a mapping with `sample`");
  if (node == nullptr) return std::nullopt;
  EnvironmentFeatureLog log;
  Fields own(*node, "`feature_log`", node->span(), {"sample", "folder", "every", "keep", "rows_max", "bytes_max"},
             fields.diagnostics());
  if (own.required("sample") != nullptr) log.sample = read_sample(own).value_or(log.sample);
  log.folder = text_of(own, "folder");
  log.every = own.optional_duration("every");
  log.keep = own.optional_duration("keep");
  log.rows_max = read_limit(own, "rows_max");
  log.bytes_max = read_limit(own, "bytes_max");
  return log;
}

std::optional<EnvironmentTraces> read_traces(Fields& fields) {
  const YamlNode* node = mapping_of(fields, "traces", "a mapping with `endpoint`");
  if (node == nullptr) return std::nullopt;
  Fields own(*node, "`traces`", node->span(), {"endpoint", "headers", "sample"}, fields.diagnostics());
  const auto endpoint = own.required_text("endpoint");
  EnvironmentTraces traces;
  if (endpoint) traces.endpoint = {endpoint->text, endpoint->span};
  read_headers(own, traces);
  traces.sample = read_sample(own);
  return traces;
}

}  // namespace headrace
