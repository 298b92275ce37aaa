#include "serving/api/route.h"

#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

ApiError out_of_scope(const std::string& what) {
  return {.status = 403,
          .code = "out_of_scope",
          .message = fmt::format("this token is not for {}", what),
          .help = "ask with a token for its owner"};
}

}  // namespace

std::optional<ApiError> unknown_member(const JsonNode& node, const JsonSchema& document) {
  if (!document.is_closed) return std::nullopt;
  for (const auto& [name, value] : node.members()) {
    const auto is_named = [&name = name](const JsonProperty& each) { return each.name == name; };
    if (std::any_of(document.properties.begin(), document.properties.end(), is_named)) continue;
    std::vector<std::string> known;
    for (const JsonProperty& each : document.properties) known.push_back(each.name);
    return ApiError{.code = "bad_request",
                    .message = fmt::format("the body cannot be used: `{}` is not known here", name),
                    .help = did_you_mean(name, known)};
  }
  return std::nullopt;
}

std::optional<ApiError> check_features(const ApiCall& call, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const ListedFeature* feature = call.state.catalog->find(name);
    if (feature == nullptr) {
      const std::string near = did_you_mean(name, call.state.catalog->names());
      return ApiError{.status = 404,
                      .code = "unknown_feature",
                      .message = fmt::format("there is no feature `{}`", name),
                      .help = near.empty() ? "GET /v1/features lists them" : near};
    }
    if (!call.caller.may_see(feature->owner)) return out_of_scope(fmt::format("`{}`", name));
  }
  return std::nullopt;
}

// A source has no owner: its events move features, and a token for some owners may not move those of others.
std::optional<ApiError> check_source(const ApiCall& call, const std::string& source) {
  if (call.caller.owners.empty()) return std::nullopt;
  const std::set<std::string>& owners = call.state.catalog->owners_of_source(source);
  const bool is_theirs =
      std::all_of(owners.begin(), owners.end(), [&](const std::string& each) { return call.caller.may_see(each); });
  if (!owners.empty() && is_theirs) return std::nullopt;
  return out_of_scope(fmt::format("all features of `{}`", source));
}

std::vector<int> statuses_of(const Route& route) {
  std::vector<int> out = {200, 400, 408, 431, 500, 503};
  out.insert(out.end(), route.failures.begin(), route.failures.end());
  out.push_back(403);  // also a request by a foreign name
  if (route.role != Role::kNone) out.push_back(401);
  if (route.request) out.insert(out.end(), {413, 415});
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<std::vector<std::string>> match_path(std::string_view path, const std::vector<std::string>& segments) {
  std::vector<std::string> values;
  size_t place = 0;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (place == segments.size()) return std::nullopt;
    if (part.starts_with('{')) {
      values.push_back(segments[place]);
    } else if (part != segments[place]) {
      return std::nullopt;
    }
    ++place;
  }
  return place == segments.size() ? std::optional(std::move(values)) : std::nullopt;
}

}  // namespace headrace
