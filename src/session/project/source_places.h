#pragma once

/// Where the events of sources lie for this run: as written, with `${VARIABLE}` of the environment in paths, or where the
/// user says. One repository then serves development and production.

#include "base/result.h"
#include "language/definitions/repository.h"
#include "plan/plan.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// `${NAME}` becomes the variable's value, `${NAME:-text}` the text where it is not set or empty, `$${` a `${`.
/// `lookup` gives null for a variable that is not set.
Result<std::string> expand_variables(std::string_view text, const char* (*lookup)(const char* name));

/// HOME of "$HOME/x", which stays as it is; empty: there is none.
std::string variable_without_braces(std::string_view text);

/// Immutable; any thread may read it.
class SourcePlaces {
 public:
  /// All as written. `folder`: what paths in definitions are relative to.
  explicit SourcePlaces(std::string folder) : folder_(std::move(folder)) {}
  /// `given`: "NAME=PATH", a path relative to the working folder. A name that is no source is an error.
  static Result<SourcePlaces> create(std::string folder, const Repository& repository,
                                     const std::vector<std::string>& given);

  const std::string& folder() const { return folder_; }
  /// Where a source lies for this run, of where it was written to lie. A variable that is not set is an error with the
  /// place of the definition.
  Result<std::optional<BatchLocation>> location_of(const std::string& name,
                                                   const std::optional<BatchLocation>& written) const;
  /// The source with its location for this run.
  Result<PlanSource> located(const PlanSource& source) const;

 private:
  std::string folder_;
  std::map<std::string, std::string> given_;  // paths by source, relative to the folder or absolute
};

/// A plan whose sources are located, for generated code.
Result<Plan> with_located_sources(Plan plan, const SourcePlaces& places);

}  // namespace headrace
