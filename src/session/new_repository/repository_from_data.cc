#include "session/new_repository/repository_from_data.h"

#include "data/value.h"
#include "session/new_repository/looked_at_file.h"
#include "session/project/project_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

namespace headrace {
namespace {

bool is_word(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// Text as a scalar of YAML, in quotes where it might be read as something else.
std::string scalar(const std::string& text) {
  std::string small = text;
  for (char& each : small) each = static_cast<char>(each >= 'A' && each <= 'Z' ? each - 'A' + 'a' : each);
  constexpr std::array<std::string_view, 8> kWords = {"true", "false", "null", "yes", "no", "on", "off", "y"};
  const bool is_reserved = std::find(kWords.begin(), kWords.end(), small) != kWords.end() || small == "n";
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
           c == '.';
  };
  const bool is_path = is_word(text.substr(0, 1)) && std::all_of(text.begin(), text.end(), is_plain);
  return is_path && !is_reserved ? text : quote_json(text);
}

std::string list_of(const std::vector<std::string>& names) {
  if (names.size() == 1) return scalar(names.front());
  std::vector<std::string> items;
  for (const std::string& name : names) items.push_back(scalar(name));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string feature_part(const std::string& text) {
  std::string out;
  for (const char each : text) {
    const bool is_upper = each >= 'A' && each <= 'Z';
    const bool is_plain = (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9');
    out += is_upper ? static_cast<char>(each - 'A' + 'a') : is_plain ? each : '_';
  }
  return out.empty() || out.front() < 'a' ? "f_" + out : out;
}

/// A window that holds some five events of a key, and is shorter than the past.
std::string window_for(const InferredSource& source) {
  constexpr std::array<std::string_view, 7> kWindows = {"1m", "1h", "1d", "7d", "30d", "90d", "365d"};
  constexpr double kEvents = 5;
  const double span = static_cast<double>(source.span.us);
  const double events_of_a_key =
      static_cast<double>(source.rows) / static_cast<double>(std::max<int64_t>(1, source.key_count));
  const double wanted = std::min(kEvents * span / std::max(1.0, events_of_a_key), span / 2);
  for (const std::string_view window : kWindows) {
    if (static_cast<double>(parse_duration(window)->us) >= wanted) return std::string(window);
  }
  return std::string(kWindows.back());
}

/// Entities by the columns that tell one from another, and their types: sources of one must agree.
class Entities {
 public:
  /// The name of the source's entity, which is added where it is new.
  std::string name_for(const InferredSource& source) {
    const auto [place, is_new] = names_.emplace(std::pair(source.keys, source.key_types), "");
    if (!is_new) return place->second;
    std::string name = feature_part(source.keys.front());
    for (const std::string_view end : {"_id", "_key", "_code"}) {
      if (name.size() > end.size() && name.ends_with(end)) name.resize(name.size() - end.size());
    }
    if (source.keys.size() > 1 || name == "id" || used_.contains(name)) name = source.name + "_" + name;
    while (!used_.insert(name).second) name += "_";
    place->second = name;
    text_ += fmt::format("---\nentity: {{name: {}, key: {}}}\n", scalar(name), list_of(source.keys));
    return name;
  }
  const std::string& text() const { return text_; }

 private:
  std::map<std::pair<std::vector<std::string>, std::vector<ScalarType>>, std::string> names_;
  std::set<std::string> used_;
  std::string text_;
};

/// A path of the project: relative to its folder, where it was given so or lies inside.
std::string relative_to(const std::string& path, const std::string& folder) {
  if (path.find("://") != std::string::npos) return path;
  std::error_code code;
  // The folder may be one that is yet to be made.
  const std::string relative =
      std::filesystem::proximate(path, std::filesystem::absolute(folder), code).generic_string();
  const bool is_outside = path.starts_with('/') && relative.starts_with("..");
  return code || is_outside ? path : relative;
}

/// The keys of `batch` that say how the files are written, where that is not the common form.
std::string form_text(const TextForm& form) {
  std::string out;
  if (form.delimiter != 0) out += fmt::format(", delimiter: {}", quote_json(std::string(1, form.delimiter)));
  if (form.decimal != '.') out += fmt::format(", decimal: {}", quote_json(std::string(1, form.decimal)));
  if (form.encoding != TextEncoding::kUtf8) out += fmt::format(", encoding: {}", to_string(form.encoding));
  if (!form.time_format.empty()) out += fmt::format(", time_format: {}", quote_json(form.time_format));
  return out;
}

std::string source_text(const InferredSource& source, const std::string& entity, const std::string& folder) {
  std::string out = fmt::format("---\nsource:\n  name: {}\n  entity: {}\n  event_time: {}\n", scalar(source.name),
                                scalar(entity), scalar(source.event_time));
  if (source.unit) out += fmt::format("  unit: {}\n", to_string(*source.unit));
  if (!source.is_whole) {
    out += fmt::format("  # Types and keys are guessed from the first {} rows{}.\n", LookedAtFile::kRowsMax,
                       source.files.size() > 1 ? " of each file" : "");
  }
  out += "  columns:\n";
  for (const auto& [name, type] : source.columns) out += fmt::format("    {}: {}\n", scalar(name), to_string(type));
  if (!source.left_out.empty()) {
    std::vector<std::string> names;
    for (const std::string& name : source.left_out) names.push_back(quote_json(name));
    out += fmt::format("    # left out, since they hold no single values: {}\n", fmt::join(names, ", "));
  }
  return out + fmt::format("  batch: {{format: {}, path: {}{}}}\n", to_string(source.format),
                           scalar(relative_to(source.path, folder)), form_text(source.text));
}

/// A column whose mean says something: numbers, and no names of things.
const std::pair<std::string, ScalarType>* column_to_average(const InferredSource& source) {
  const std::pair<std::string, ScalarType>* best = nullptr;
  for (const auto& column : source.columns) {
    const bool is_key = std::find(source.keys.begin(), source.keys.end(), column.first) != source.keys.end();
    const bool is_number = column.second == ScalarType::kDouble || column.second == ScalarType::kInt64;
    const bool is_id = column.first.ends_with("id") || column.first.ends_with("ID");
    if (is_key || !is_number || is_id || column.first.find('`') != std::string::npos) continue;
    if (best == nullptr || (best->second == ScalarType::kInt64 && column.second == ScalarType::kDouble)) best = &column;
  }
  return best;
}

std::string features_text(const InferredSource& source) {
  const std::string window = window_for(source);
  std::string out = fmt::format(
      "feature:\n  name: {0}_count_{1}\n  description: Events of {2} in the last {1}\n  owner: me\n  version: \"1.0\"\n"
      "  source: {2}\n  aggregation: count\n  window: {1}\n",
      feature_part(source.name), window, source.name);
  const auto* column = column_to_average(source);
  if (column == nullptr) return out;
  const std::string name = is_word(column->first) ? column->first : "`" + column->first + "`";
  out += fmt::format(
      "---\nfeature:\n  name: {0}_{1}_mean_{2}\n  description: {3}\n  owner: me\n  version: \"1.0\"\n"
      "  aggregation: mean\n  window: {2}\n  source_features: [{4}]\n",
      feature_part(source.name), feature_part(column->first), window,
      quote_json(fmt::format("Mean of {} in the last {}", column->first, window)),
      is_word(column->first) ? source.name + "." + name : quote_json(source.name + "." + name));
  return out;
}

}  // namespace

std::vector<RepositoryFile> files_for_sources(const std::string& project_name, const std::string& folder,
                                              const std::vector<InferredSource>& sources) {
  Entities entities;
  std::string source_texts;
  std::vector<RepositoryFile> files;
  for (const InferredSource& source : sources) {
    source_texts += source_text(source, entities.name_for(source), folder);
    files.push_back({"features/" + feature_part(source.name) + ".yaml",
                     std::string(kFeaturesSchemaLine) +
                         "# Two features to begin with. Change them, add yours, and look: `headrace show`.\n" +
                         features_text(source)});
  }
  const std::string project =
      std::string(kProjectSchemaLine) +
      fmt::format(
          "# What was found in the data. Look through it: which column says when, what tells one thing from\n"
          "# another, and the types.\nproject:\n  name: {}\n",
          scalar(project_name)) +
      entities.text() + source_texts;
  files.insert(files.begin(), {kProjectFile, project});
  return files;
}

std::string found_text(const InferredSource& source) {
  const std::string files =
      source.files.size() == 1 ? source.path : fmt::format("{} files {}", source.files.size(), source.path);
  const std::string guessed = source.is_whole
                                  ? ""
                                  : fmt::format("; there are more rows, and types are guessed from the first {}{}",
                                                LookedAtFile::kRowsMax, source.files.size() > 1 ? " of each file" : "");
  return fmt::format("source {}: {} rows in {}; `{}` says when, `{}` is the key{}{}", source.name, source.rows, files,
                     source.event_time, fmt::join(source.keys, "`, `"),
                     source.keys.size() == 1 ? fmt::format(" ({} of them)", source.key_count) : "s", guessed);
}

}  // namespace headrace
