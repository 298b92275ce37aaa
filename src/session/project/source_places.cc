#include "session/project/source_places.h"

#include "base/option_name.h"
#include "io/paths/location.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>

namespace headrace {
namespace {

bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_'; }
bool is_in_name(char byte) { return is_letter(byte) || (byte >= '0' && byte <= '9'); }

size_t name_length(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return 0;
  size_t length = 1;
  while (length < text.size() && is_in_name(text[length])) ++length;
  return length;
}

/// What stands between the braces: NAME or NAME:-text.
Result<std::string> value_of(std::string_view inside, const char* (*lookup)(const char* name)) {
  const std::string name(inside.substr(0, name_length(inside)));
  const std::string_view rest = inside.substr(name.size());
  const bool has_default = rest.starts_with(":-");
  if (name.empty() || (!rest.empty() && !has_default)) {
    return Error::data(fmt::format("`${{{}}}` is no variable", inside))
        .with_help("write ${NAME}, or ${NAME:-text} for what stands there where it is not set");
  }
  const char* value = lookup(name.c_str());
  if (value != nullptr && *value != '\0') return std::string(value);
  if (has_default) return std::string(rest.substr(2));
  return Error::environment(
             fmt::format("the variable `{}` is {}", name, value == nullptr ? "not set" : "set to nothing"))
      .with_help(fmt::format("set it (export {0}=..), or write ${{{0}:-text}} for a default", name));
}

const char* environment_variable(const char* name) { return std::getenv(name); }

/// A path of the working folder as one of the project's: relative to its folder, or absolute.
std::string in_project(const std::string& path, const std::string& folder) {
  if (path.find("://") != std::string::npos || path.starts_with('/') || folder == ".") return path;
  std::error_code code;
  const std::filesystem::path absolute = std::filesystem::absolute(path, code);
  return code ? path : absolute.lexically_normal().string();
}

std::string place_of(const Span& span) { return fmt::format("{}:{}:{}", span.file, span.line, span.column); }

}  // namespace

Result<std::string> expand_variables(std::string_view text, const char* (*lookup)(const char* name)) {
  std::string out;
  while (!text.empty()) {
    const size_t start = text.find("${");
    const std::string_view before = text.substr(0, start);
    out += before;
    if (start == std::string_view::npos) break;

    // A second `$` before it says that no variable is meant.
    text.remove_prefix(start + 2);
    if (before.ends_with('$')) {
      out += '{';
      continue;
    }
    const size_t end = text.find('}');
    if (end == std::string_view::npos) {
      return Error::data(fmt::format("`${{{}` has no `}}`", text))
          .with_help("write ${NAME}, or $${ for a `${` of its own");
    }
    ASSIGN_OR_RETURN(const std::string value, value_of(text.substr(0, end), lookup));
    out += value;
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string variable_without_braces(std::string_view text) {
  for (size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    const size_t length = name_length(text.substr(at + 1));
    if (length > 0) return std::string(text.substr(at + 1, length));
  }
  return "";
}

Result<SourcePlaces> SourcePlaces::create(std::string folder, const Repository& repository,
                                          const std::vector<std::string>& given) {
  SourcePlaces places(std::move(folder));
  std::vector<std::string> names;
  for (const SourceDefinition& source : repository.sources) names.push_back(source.name);
  for (const std::string& each : given) {
    const size_t equals = each.find('=');
    const std::string name = each.substr(0, equals);
    if (equals == std::string::npos || equals == 0 || equals + 1 == each.size()) {
      return Error::usage(fmt::format("`{}` does not say which source lies where", each))
          .with_help("write " + option(OptionName::kSource, "NAME=PATH"));
    }
    if (repository.find_source(name) == nullptr) {
      const std::string near = did_you_mean(name, names);
      return Error::not_found(fmt::format("there is no source `{}` in this repository", name))
          .with_help(near.empty() ? fmt::format("its sources are {}", fmt::join(names, ", ")) : near);
    }
    if (!places.given_.emplace(name, in_project(each.substr(equals + 1), places.folder_)).second)
      return Error::usage(fmt::format("source `{}` is placed twice", name));
  }
  return places;
}

Result<std::optional<BatchLocation>> SourcePlaces::location_of(const std::string& name,
                                                               const std::optional<BatchLocation>& written) const {
  std::optional<BatchLocation> location = written;
  const auto given = given_.find(name);
  if (given != given_.end()) {
    const std::optional<FileFormat> format = file_format_of_path(given->second);
    if (!location && !format) {
      return Error::usage(fmt::format("the form of `{}` is not known: source `{}` has no `batch`", given->second, name))
          .with_help("name files by their extension: .parquet, .csv or .ndjson");
    }
    if (!location) location = BatchLocation{};
    if (format) location->format = *format;
    location->path = given->second;
    return location;
  }
  if (!location) return location;

  Result<std::string> path = expand_variables(location->path, environment_variable);
  if (!path) {
    const Error& error = path.error();
    const std::string where = option(OptionName::kSource, name + "=PATH");
    return error.with_context(fmt::format("{}: the path of source `{}`", place_of(location->span), name))
        .with_help(error.help() + "; " + where + " names other files for one run");
  }
  location->path = std::move(*path);
  return location;
}

Result<PlanSource> SourcePlaces::located(const PlanSource& source) const {
  PlanSource located = source;
  ASSIGN_OR_RETURN(located.batch, location_of(source.name, source.batch));
  return located;
}

Result<Plan> with_located_sources(Plan plan, const SourcePlaces& places) {
  for (PlanSource& source : plan.sources) {
    ASSIGN_OR_RETURN(source, places.located(source));
  }
  return plan;
}

}  // namespace headrace
