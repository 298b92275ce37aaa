#include "session/project/environment.h"

#include "base/file_system.h"
#include "language/diagnostics/suggest.h"
#include "session/project/project_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

namespace headrace {
namespace {

const char* variable_of_environment(const char* name) { return std::getenv(name); }

std::string shown_place(const Span& span) { return fmt::format("{}:{}:{}", span.file, span.line, span.column); }

Result<std::string> resolved(const EnvironmentText& written) {
  Result<std::string> text = expand_variables(written.text, variable_of_environment);
  if (!text) return text.error().with_context(shown_place(written.span));
  return text;
}

/// Nothing: not said.
Status resolve(const std::optional<EnvironmentText>& written, std::string& into) {
  if (written) {
    ASSIGN_OR_RETURN(into, resolved(*written));
  }
  return {};
}

Status resolve_path(const std::optional<EnvironmentText>& written, const Session& session, std::string& into) {
  RETURN_IF_ERROR(resolve(written, into));
  if (!into.empty()) into = session.path_in_project(into);
  return {};
}

/// Without the line breaks at its end.
Result<std::string> secret_of(const std::string& path, const Span& written_at) {
  Result<std::string> text = real_file_system().read_file(path);
  if (!text) return text.error().with_context(shown_place(written_at));
  std::string secret = *std::move(text);
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  return secret;
}

/// Settings with `_file` are those of their names, from files without the line break at their ends.
Result<std::map<std::string, std::string>> resolved_settings(const std::map<std::string, EnvironmentText>& texts,
                                                             const Session& session) {
  constexpr std::string_view kSuffix = "_file";
  std::map<std::string, std::string> settings;
  for (const auto& [name, written] : texts) {
    ASSIGN_OR_RETURN(std::string value, resolved(written));
    std::string setting = name;
    if (name.ends_with(kSuffix)) {
      setting.resize(name.size() - kSuffix.size());
      ASSIGN_OR_RETURN(value, secret_of(session.path_in_project(value), written.span));
    }
    if (settings.contains(setting)) {
      return Error::usage(fmt::format("{}: `{}` is set twice", shown_place(written.span), setting))
          .with_help("keep one of the two");
    }
    settings[setting] = std::move(value);
  }
  return settings;
}

/// No header has more than one line.
Result<TracesEnvironment> resolved_traces(const EnvironmentTraces& written, const Session& session) {
  TracesEnvironment traces;
  traces.sample = written.sample;
  RETURN_IF_ERROR(resolve(written.endpoint, traces.endpoint));
  ASSIGN_OR_RETURN(const auto headers, resolved_settings(written.headers, session));
  for (const auto& [name, value] : headers) {
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Error::usage(
                 fmt::format("{}: the header `{}` has several lines", shown_place(written.endpoint.span), name))
          .with_help("its file, or variable, holds the value alone");
    }
    traces.headers.emplace_back(name, value);
  }
  return traces;
}

/// A password is a variable, or in a file.
Status resolve_password(const std::optional<EnvironmentText>& password, const std::optional<EnvironmentText>& file,
                        const Session& session, std::string& into) {
  RETURN_IF_ERROR(resolve(password, into));
  if (!file) return {};
  if (password) {
    return Error::usage(fmt::format("{}: `password` and `password_file` are one thing", shown_place(file->span)))
        .with_help("keep one of the two");
  }
  std::string path;
  RETURN_IF_ERROR(resolve_path(file, session, path));
  ASSIGN_OR_RETURN(into, secret_of(path, file->span));
  return {};
}

Result<RegistryEnvironment> resolved_registry(const EnvironmentRegistry& written, const Session& session) {
  RegistryEnvironment registry;
  RETURN_IF_ERROR(resolve(written.url, registry.url));
  RETURN_IF_ERROR(resolve(written.user, registry.user));
  RETURN_IF_ERROR(resolve_password(written.password, written.password_file, session, registry.password));
  RETURN_IF_ERROR(resolve_path(written.ca, session, registry.ca));
  return registry;
}

Result<MessagesEnvironment> resolved_messages(const EnvironmentMessages& written, const Session& session) {
  MessagesEnvironment messages;
  messages.format = written.format;
  messages.is_framed = written.is_framed;
  messages.message = written.message;
  RETURN_IF_ERROR(resolve_path(written.schema_file, session, messages.schema_file));
  RETURN_IF_ERROR(resolve_path(written.descriptor_file, session, messages.descriptor_file));
  return messages;
}

Result<RedisEnvironment> resolved_redis(const EnvironmentRedis& written, const Session& session) {
  RedisEnvironment redis;
  RETURN_IF_ERROR(resolve(written.address, redis.address));
  RETURN_IF_ERROR(resolve(written.user, redis.user));
  RETURN_IF_ERROR(resolve_password(written.password, written.password_file, session, redis.password));
  RETURN_IF_ERROR(resolve_path(written.ca, session, redis.ca));
  RETURN_IF_ERROR(resolve(written.project, redis.project));
  redis.refresh = written.refresh;
  redis.expire_after = written.expire_after;

  if (!redis.user.empty() && redis.password.empty()) {
    return Error::usage(fmt::format("{}: a `user` of Redis has a password", shown_place(written.user->span)))
        .with_help("write its file, `password_file: PATH`, or the variable that has it, `password: ${VARIABLE}`");
  }
  return redis;
}

Result<PubSubEnvironment> resolved_pubsub(const EnvironmentPubSub& written, const Session& session) {
  PubSubEnvironment pubsub;
  RETURN_IF_ERROR(resolve(written.project, pubsub.project));
  RETURN_IF_ERROR(resolve(written.endpoint, pubsub.endpoint));
  if (!written.credentials_file) return pubsub;
  std::string path;
  RETURN_IF_ERROR(resolve_path(written.credentials_file, session, path));
  ASSIGN_OR_RETURN(pubsub.credentials, secret_of(path, written.credentials_file->span));
  return pubsub;
}

Error unknown_environment(const LoadedEnvironments& loaded, const std::string& name) {
  std::vector<std::string> names;
  for (const Environment& each : loaded.environments) names.push_back(each.name);
  const std::string guess = did_you_mean(name, names);
  std::string help = fmt::format("write it into {}", kEnvironmentsFile);
  if (!names.empty()) help = guess.empty() ? fmt::format("environments are {}", fmt::join(names, ", ")) : guess;
  return Error::not_found(fmt::format("there is no environment `{}`", name)).with_help(help);
}

}  // namespace

Result<LoadedEnvironments> read_environments(const Session& session) {
  const std::string path = path_below(session.folder(), kEnvironmentsFile);
  ASSIGN_OR_RETURN(const bool is_there, real_file_system().exists(path));
  if (!is_there) return LoadedEnvironments();
  ASSIGN_OR_RETURN(std::string text, read_text_file(path));
  std::vector<std::string> sources;
  for (const SourceDefinition& source : session.repository().sources) sources.push_back(source.name);
  return load_environments({path, std::move(text)}, sources);
}

Result<ServedEnvironment> serve_environment(const LoadedEnvironments& loaded, const Session& session,
                                            const std::string& name) {
  ServedEnvironment served;
  served.name = name.empty() ? kDefaultEnvironment : name;
  const Environment* const found = loaded.find(served.name);
  if (found == nullptr) {
    if (name.empty()) return served;
    return unknown_environment(loaded, name);
  }

  served.role = found->role.value_or("");
  RETURN_IF_ERROR(resolve(found->listen, served.listen));
  RETURN_IF_ERROR(resolve_path(found->data, session, served.data));
  RETURN_IF_ERROR(resolve_path(found->tokens, session, served.tokens));
  if (found->tls) {
    RETURN_IF_ERROR(resolve_path(found->tls->certificate, session, served.certificate));
    RETURN_IF_ERROR(resolve_path(found->tls->private_key, session, served.private_key));
  }
  served.threads = found->threads.value_or(0);
  served.history = found->history;
  served.keep = found->keep;
  served.checkpoint_every = found->checkpoint_every;
  if (found->is_synced_by_interval.value_or(false)) served.sync_every = found->sync_every.value_or(kDefaultSyncEvery);
  for (const auto& [source, settings] : found->sources) {
    if (settings.idle_after) served.idle_after[source] = *settings.idle_after;
    if (settings.max_ahead) served.max_ahead[source] = *settings.max_ahead;
    if (settings.dedupe_for) served.dedupe_for[source] = *settings.dedupe_for;
    if (settings.ahead_events_max) served.ahead_events_max[source] = *settings.ahead_events_max;
    if (settings.ahead_bytes_max) served.ahead_bytes_max[source] = *settings.ahead_bytes_max;
    if (settings.stops_on_bad_row) served.stops_on_bad_row[source] = *settings.stops_on_bad_row;
    if (settings.fill) served.fill[source] = *settings.fill;
    if (settings.subscription) RETURN_IF_ERROR(resolve(settings.subscription, served.subscriptions[source]));
    ASSIGN_OR_RETURN(served.messages[source], resolved_messages(settings.messages, session));
  }
  if (found->pubsub) {
    ASSIGN_OR_RETURN(served.pubsub, resolved_pubsub(*found->pubsub, session));
  }
  if (found->redis) {
    ASSIGN_OR_RETURN(served.redis, resolved_redis(*found->redis, session));
  }
  if (found->values_file) {
    served.values_file = ValuesFileEnvironment{.path = {}, .refresh = found->values_file->refresh};
    RETURN_IF_ERROR(resolve_path(found->values_file->path, session, served.values_file->path));
  }
  if (found->feature_log) {
    const EnvironmentFeatureLog& written = *found->feature_log;
    FeatureLogEnvironment& log = served.feature_log.emplace();
    log.sample = written.sample;
    log.every = written.every;
    log.keep = written.keep;
    log.rows_max = written.rows_max;
    log.bytes_max = written.bytes_max;
    RETURN_IF_ERROR(resolve_path(written.folder, session, log.folder));
  }
  if (found->traces) {
    ASSIGN_OR_RETURN(served.traces, resolved_traces(*found->traces, session));
  }
  if (!found->kafka) return served;

  KafkaEnvironment& kafka = served.kafka.emplace();
  RETURN_IF_ERROR(resolve(found->kafka->brokers, kafka.brokers));
  RETURN_IF_ERROR(resolve(found->kafka->group, kafka.group));
  RETURN_IF_ERROR(resolve(found->kafka->owner_topic, kafka.owner_topic));
  ASSIGN_OR_RETURN(kafka.settings, resolved_settings(found->kafka->settings, session));
  if (found->kafka->registry) {
    ASSIGN_OR_RETURN(kafka.registry, resolved_registry(*found->kafka->registry, session));
  }
  return served;
}

}  // namespace headrace
