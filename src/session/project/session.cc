#include "session/project/session.h"

#include "base/option_name.h"
#include "language/diagnostics/suggest.h"
#include "language/load_repository.h"
#include "session/project/project_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace headrace {

Result<Session> Session::open(const std::string& folder) {
  ASSIGN_OR_RETURN(std::vector<DefinitionFile> files, read_definition_files(folder));
  return Session(folder, load_repository(std::move(files)));
}

Session Session::of_texts(std::vector<DefinitionFile> files, std::string folder) {
  return Session(std::move(folder), load_repository(std::move(files)));
}

Session Session::of_repository(Repository repository, std::string folder) {
  return Session(std::move(folder), LoadedRepository{std::move(repository), {}, {}});
}

Result<Plan> Session::plan(const std::vector<std::string>& feature_names, CheckNodes check_nodes) const {
  RETURN_IF_ERROR(require_features(repository(), feature_names));
  return make_plan(repository(), feature_names, check_nodes);
}

std::string Session::path_in_project(const std::string& path) const {
  if (path.find("://") != std::string::npos) return path;
  return path_below(folder_, path);
}

Status Session::place_sources(const std::vector<std::string>& given) {
  ASSIGN_OR_RETURN(places_, SourcePlaces::create(folder_, repository(), given));
  return {};
}

Status require_features(const Repository& repository, const std::vector<std::string>& feature_names) {
  for (const std::string& name : feature_names) {
    if (repository.find_feature(name) != nullptr) continue;
    std::vector<std::string> names;
    std::vector<std::string> members;
    for (const FeatureDefinition& feature : repository.features) {
      names.push_back(feature.name);
      if (feature.definition == name) members.push_back(feature.name);
    }
    if (!members.empty()) {
      return Error::not_found(fmt::format("`{}` is not one feature but stands for {}", name, members.size()))
          .with_help(fmt::format("name one of them: {}", fmt::join(members, ", ")));
    }
    const std::string near = did_you_mean(name, names);
    return Error::not_found(fmt::format("there is no feature `{}` in this repository", name))
        .with_help(near.empty() ? fmt::format("`{}` lists them", way_to(RequestName::kListFeatures)) : near);
  }
  return {};
}

}  // namespace headrace
