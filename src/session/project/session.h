#pragma once

/// The facade that command line, Python and server share: a feature repository, opened from a folder or from texts.
///
///   ASSIGN_OR_RETURN(Session session, Session::open("examples/pumps"));
///   if (session.diagnostics().has_errors()) ...          // show them
///   ASSIGN_OR_RETURN(Plan plan, session.plan({"flow_mean"}, CheckNodes::kLeftOut));
///
/// Prints nothing and knows no command line: results are values, progress is read through JobProgress.
/// Immutable once opened; any thread may use it.

#include "base/result.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"
#include "session/project/source_places.h"

#include <string>
#include <vector>

namespace headrace {

class Session {
 public:
  /// Reads the definitions of the folder, which has a project.yaml. Problems in them are no Error: see diagnostics().
  static Result<Session> open(const std::string& folder);
  /// Definitions in memory, as a proposal that nobody has written to a disk. `folder` is what paths in them are
  /// relative to; no file is read.
  static Session of_texts(std::vector<DefinitionFile> files, std::string folder);

  /// Definitions that are understood already, such as two states of a repository side by side (plan/side_by_side.h).
  static Session of_repository(Repository repository, std::string folder);

  const std::string& folder() const { return folder_; }
  const LoadedRepository& loaded() const { return loaded_; }
  const Repository& repository() const { return loaded_.repository; }
  const Diagnostics& diagnostics() const { return loaded_.diagnostics; }

  /// The plan of the features (all when none is named) and of what they use. An unknown name is a usage error with
  /// "did you mean". REQUIRES: !diagnostics().has_errors().
  Result<Plan> plan(const std::vector<std::string>& feature_names, CheckNodes check_nodes) const;

  /// Where sources lie; all as written, unless place_sources() says otherwise.
  const SourcePlaces& places() const { return places_; }
  /// Takes "NAME=PATH"s; before the session is shared.
  Status place_sources(const std::vector<std::string>& given);

  /// A path as written in the definitions, relative to the project's folder.
  std::string path_in_project(const std::string& path) const;

 private:
  Session(std::string folder, LoadedRepository loaded)
      : folder_(std::move(folder)), loaded_(std::move(loaded)), places_(folder_) {}

  std::string folder_;
  LoadedRepository loaded_;
  SourcePlaces places_;
};

/// Checks that the repository has all of the features.
Status require_features(const Repository& repository, const std::vector<std::string>& feature_names);

}  // namespace headrace
