#pragma once

/// Gives features whose meaning has changed their next version, together with all that use them.
///
/// The texts of the definitions are edited in place: only the digits of versions change, and comments, quotes and layout
/// stay. Nothing is written unless the edited texts, read again, define the same meanings under the new versions.

#include "base/result.h"
#include "session/project/session.h"

#include <string>
#include <vector>

namespace headrace {

enum class VersionPart { kMajor, kMinor, kPatch };

struct RaiseJob {
  std::vector<std::string> features;  // selectors (feature_selection.h)
  VersionPart part = VersionPart::kMinor;
  bool writes = true;  // false: only say what would change
};

/// One definition; of lists of aggregations and windows all features have one version.
struct RaisedVersion {
  std::string file;
  int line = 0;
  std::string definition;
  std::string before, after;
};

/// "1.2" -> "1.3", "1.2.3" -> "1.3.0"; of a patch "1.2" -> "1.2.1". Nothing for numbers past 64 bits.
std::optional<std::string> next_version(const std::string& version, VersionPart part);

/// In the order of the definitions. Files that have changed since they were read are an Error, before any is written.
/// REQUIRES: the session was opened from a folder and has no errors.
Result<std::vector<RaisedVersion>> raise_versions(const Session& session, const RaiseJob& job);

}  // namespace headrace
