#include "session/versions/version_raise.h"

#include "base/file_system.h"
#include "io/commit/replace_files.h"
#include "session/project/feature_selection.h"
#include "session/project/project_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>

namespace headrace {
namespace {

/// The byte at which a place begins. REQUIRES: line and column are places of the text.
size_t byte_at(std::string_view text, int line, int column) {
  size_t at = 0;
  for (int passed = 1; passed < line && at < text.size(); ++at) {
    const bool is_end = text[at] == '\n' || (text[at] == '\r' && text.substr(at + 1, 1) != "\n");
    if (is_end) ++passed;
  }
  for (int passed = 1; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && passed++ == column) break;
  }
  return at;
}

/// Where the version of a definition stands; of lists all features have one.
using DefinitionPlace = std::tuple<std::string, int, int>;

DefinitionPlace place_of(const FeatureDefinition& feature) {
  return {feature.version_span.file, feature.version_span.line, feature.version_span.column};
}

/// A version to be written in place of another.
struct VersionEdit {
  size_t start = 0;  // bytes of the file
  size_t end = 0;
  std::string text;
};

Error cannot_edit(const RaisedVersion& raised) {
  return Error::conflict(fmt::format("{}:{}: the version of `{}` stands in a form that is not edited here", raised.file,
                                     raised.line, raised.definition))
      .with_help(fmt::format("write `version: \"{}\"` there by hand", raised.after));
}

class VersionRaise {
 public:
  VersionRaise(const Session& session, const RaiseJob& job) : session_(session), job_(job) {}

  Result<std::vector<RaisedVersion>> run();

 private:
  Status collect();
  Status add_edit(const FeatureDefinition& feature, const RaisedVersion& raised);
  Result<std::vector<DefinitionFile>> edited_files() const;
  /// The edited texts mean what they meant, under the new versions.
  Status verify(const std::vector<DefinitionFile>& edited) const;
  Status write(const std::vector<DefinitionFile>& edited) const;

  const Session& session_;
  const RaiseJob& job_;
  std::vector<RaisedVersion> raised_;
  std::map<std::string, std::string> version_of_;          // to be, by feature
  std::map<std::string, std::vector<VersionEdit>> edits_;  // by file
};

Status VersionRaise::add_edit(const FeatureDefinition& feature, const RaisedVersion& raised) {
  const Span& span = feature.version_span;
  for (const DefinitionFile& file : session_.loaded().files) {
    if (file.name != span.file) continue;
    const size_t start = byte_at(file.text, span.line, span.column);
    const size_t end = byte_at(file.text, span.end_line, span.end_column);
    const std::string written = file.text.substr(start, end - start);
    const size_t digits = written.find(feature.version);
    if (digits == std::string::npos) return cannot_edit(raised);
    edits_[file.name].push_back({start + digits, start + digits + feature.version.size(), raised.after});
    return {};
  }
  return cannot_edit(raised);
}

Status VersionRaise::collect() {
  ASSIGN_OR_RETURN(std::vector<std::string> names,
                   select_features(session_.repository(), job_.features, {}, DefaultFeatures::kAll));
  if (job_.features.empty()) return Error::usage("no feature is named");

  std::map<DefinitionPlace, std::vector<std::string>> members;
  for (const FeatureDefinition& each : session_.repository().features) members[place_of(each)].push_back(each.name);
  std::set<DefinitionPlace> seen;
  for (const std::string& name : with_their_users(session_.repository(), names)) {
    const FeatureDefinition& feature = *session_.repository().find_feature(name);
    const std::optional<std::string> after = next_version(feature.version, job_.part);
    if (!after) {
      return Error::data(
          fmt::format("the version {} of `{}` has a number that cannot be raised", feature.version, name));
    }
    const DefinitionPlace place = place_of(feature);
    if (!seen.insert(place).second) continue;
    for (const std::string& member : members[place]) version_of_[member] = *after;
    raised_.push_back(
        {feature.version_span.file, feature.version_span.line, feature.definition, feature.version, *after});
    RETURN_IF_ERROR(add_edit(feature, raised_.back()));
  }
  return {};
}

Result<std::vector<DefinitionFile>> VersionRaise::edited_files() const {
  std::vector<DefinitionFile> files = session_.loaded().files;
  for (DefinitionFile& file : files) {
    const auto found = edits_.find(file.name);
    if (found == edits_.end()) continue;
    std::vector<VersionEdit> edits = found->second;
    // From the end, so that the places before stay what they are.
    std::sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) { return a.start > b.start; });
    for (const VersionEdit& each : edits) file.text.replace(each.start, each.end - each.start, each.text);
  }
  return files;
}

Status VersionRaise::verify(const std::vector<DefinitionFile>& edited) const {
  const LoadedRepository loaded = load_repository(edited);
  const Repository& before = session_.repository();
  Meanings meanings_before(before);
  Meanings meanings_after(loaded.repository);
  bool is_same = !loaded.diagnostics.has_errors() && loaded.repository.features.size() == before.features.size();
  for (size_t i = 0; is_same && i < before.features.size(); ++i) {
    const FeatureDefinition& was = before.features[i];
    const FeatureDefinition& is = loaded.repository.features[i];
    const auto raised = version_of_.find(was.name);
    const std::string& version = raised == version_of_.end() ? was.version : raised->second;
    is_same =
        is.name == was.name && is.version == version && meanings_after.digest_of(is) == meanings_before.digest_of(was);
  }
  if (is_same) return {};
  return Error::conflict("the versions cannot be raised without changing something else; nothing was written")
      .with_help("raise them by hand; versions that several definitions share by an alias are the usual reason");
}

Status VersionRaise::write(const std::vector<DefinitionFile>& edited) const {
  for (const DefinitionFile& file : session_.loaded().files) {
    if (!edits_.contains(file.name)) continue;
    ASSIGN_OR_RETURN(const std::string now, read_text_file(file.name));
    if (now != file.text) {
      return Error::conflict(fmt::format("{} has changed in the meantime; nothing was written", file.name))
          .with_help("try again");
    }
  }
  std::vector<ReplacedFile> replaced;
  std::vector<std::filesystem::perms> permissions;
  for (size_t i = 0; i < edited.size(); ++i) {
    if (!edits_.contains(edited[i].name)) continue;
    // A link stays a link to the file, which keeps its permissions.
    std::error_code code;
    const std::filesystem::path path = std::filesystem::canonical(edited[i].name, code);
    if (code) return Error::environment(fmt::format("cannot find {}: {}", edited[i].name, code.message()));
    permissions.push_back(std::filesystem::status(path, code).permissions());
    replaced.push_back({path.string(), session_.loaded().files[i].text, edited[i].text});
  }

  const Status done = replace_files(real_file_system(), replaced);
  for (size_t i = 0; i < replaced.size(); ++i) {
    std::error_code code;
    std::filesystem::permissions(replaced[i].path, permissions[i], code);
  }
  return done;
}

Result<std::vector<RaisedVersion>> VersionRaise::run() {
  RETURN_IF_ERROR(collect());
  ASSIGN_OR_RETURN(const std::vector<DefinitionFile> edited, edited_files());
  RETURN_IF_ERROR(verify(edited));
  if (job_.writes) RETURN_IF_ERROR(write(edited));
  return std::move(raised_);
}

}  // namespace

std::optional<std::string> next_version(const std::string& version, VersionPart part) {
  std::vector<uint64_t> numbers;
  const char* at = version.data();
  const char* const end = version.data() + version.size();
  while (at < end) {
    uint64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number == UINT64_MAX) return std::nullopt;
    numbers.push_back(number);
    at = next == end ? end : next + 1;
  }
  const auto place = static_cast<size_t>(part);
  if (numbers.size() <= place) numbers.resize(place + 1);
  numbers[place] += 1;
  std::fill(numbers.begin() + static_cast<ptrdiff_t>(place) + 1, numbers.end(), 0);
  return fmt::format("{}", fmt::join(numbers, "."));
}

Result<std::vector<RaisedVersion>> raise_versions(const Session& session, const RaiseJob& job) {
  return VersionRaise(session, job).run();
}

}  // namespace headrace
