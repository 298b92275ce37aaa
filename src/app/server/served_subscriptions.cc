#include "app/server/served_subscriptions.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace headrace {
namespace {

constexpr std::string_view kProjects = "projects/";

std::string stream_option(const PlanSource& source, const std::string& name) {
  const auto found = source.stream->options.find(name);
  return found == source.stream->options.end() ? "" : found->second;
}

/// projects/PROJECT/subscriptions/NAME, of the environment's project where it has one.
Result<std::string> path_of(const PlanSource& source, const ServedEnvironment& environment) {
  const auto own = environment.subscriptions.find(source.name);
  std::string name = own != environment.subscriptions.end() ? own->second : stream_option(source, "subscription");
  std::string project = stream_option(source, "project");
  if (name.starts_with(kProjects)) {
    if (std::ranges::count(name, '/') != 3 || name.find("/subscriptions/") == std::string::npos) {
      return Error::usage(fmt::format("the subscription `{}` of source `{}` is no path of one", name, source.name))
          .with_help("write `projects/PROJECT/subscriptions/NAME`, or the name alone");
    }
    const size_t slash = name.find('/', kProjects.size());
    project = name.substr(kProjects.size(), slash - kProjects.size());
    name = name.substr(name.rfind('/') + 1);
  }
  // A path that this environment writes for the source is what it means.
  const bool is_own_path = own != environment.subscriptions.end() && own->second.starts_with(kProjects);
  if (!is_own_path && !environment.pubsub->project.empty()) project = environment.pubsub->project;
  if (project.empty() || name.empty()) {
    return Error::usage(fmt::format("the subscription `{}` of source `{}` has no project", name, source.name))
        .with_help("add `pubsub: {project: ..}` to the environment");
  }
  return fmt::format("{}{}/subscriptions/{}", kProjects, project, name);
}

bool is_of_this_machine(std::string_view endpoint) {
  const std::string_view host = endpoint.substr(0, endpoint.rfind(':'));
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace

Result<std::optional<PubSubOptions>> subscription_of(const PlanSource& source, const ServedEnvironment& environment,
                                                     const std::string& emulator) {
  if (!environment.pubsub || !source.stream || source.stream->kind != StreamKind::kPubSub)
    return std::optional<PubSubOptions>();
  const auto idle = environment.idle_after.find(source.name);
  if (idle != environment.idle_after.end() && idle->second) {
    return Error::usage(fmt::format("`idle_after` of `{}` means nothing: Pub/Sub does not say that nothing is left, so "
                                    "that a subscription is never idle",
                                    source.name))
        .with_help("leave it out, or write `idle_after: never`");
  }
  const auto messages = environment.messages.find(source.name);
  if (messages != environment.messages.end() && messages->second.format != MessageFormat::kJson) {
    return Error::usage(fmt::format("`format` of `{}`: messages of Pub/Sub are read as JSON only", source.name))
        .with_help("leave it out, and publish JSON");
  }

  PubSubOptions options;
  options.source = source.name;
  ASSIGN_OR_RETURN(options.subscription, path_of(source, environment));
  options.credentials = environment.pubsub->credentials;
  if (!environment.pubsub->endpoint.empty()) {
    options.endpoint = environment.pubsub->endpoint;
    options.is_plain = is_of_this_machine(options.endpoint) && options.credentials.empty();
  } else if (!emulator.empty()) {
    options.endpoint = emulator;
    options.is_plain = true;
    options.credentials.clear();
  }
  const size_t colon = options.endpoint.rfind(':');
  const bool has_port = colon != std::string::npos && colon > 0 && colon + 1 < options.endpoint.size() &&
                        std::all_of(options.endpoint.begin() + static_cast<int64_t>(colon) + 1, options.endpoint.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
  if (has_port) return std::optional(std::move(options));
  return Error::usage(fmt::format("`{}` is no address of Pub/Sub", options.endpoint))
      .with_help("write HOST:PORT, such as pubsub.googleapis.com:443");
}

}  // namespace headrace
