#include "app/server/server_role.h"

#include "base/hash.h"

#include <fmt/format.h>

#include <unistd.h>

#include <array>

namespace headrace {
namespace {

constexpr size_t kFolderDigits = 8;

std::string name_of_machine() {
  std::array<char, 256> name{};
  const bool is_known = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return is_known ? name.data() : "localhost";
}

}  // namespace

ServerRole role_of(const ServeOptions& options, const ServedEnvironment& environment) {
  if (!options.replay.empty()) return ServerRole::kAlone;
  const std::string& word = options.role.empty() ? environment.role : options.role;
  if (word == "replica") return ServerRole::kReplica;
  return word == "standby" ? ServerRole::kStandby : ServerRole::kAlone;
}

Status check_shared(ServerRole role, const Plan& plan) {
  if (role == ServerRole::kAlone) return {};
  for (const PlanSource& source : plan.sources) {
    if (source.stream && source.stream->kind == StreamKind::kKafka) continue;
    return Error::usage(
               fmt::format("the events of `{}` are on no broker, so no other server can have them", source.name))
        .with_help("give it `stream: {kafka: {brokers: .., topic: ..}}`, or serve with `--role alone`");
  }
  return {};
}

Status fit_environment(ServerRole role, const std::string& data, const Session& session,
                       ServedEnvironment& environment) {
  if (role == ServerRole::kAlone) return {};
  if (!environment.kafka) {
    return Error::usage(
               fmt::format("the environment `{}` reads no topics, so servers cannot share it", environment.name))
        .with_help("write `kafka: {}` into it, or serve with `--role alone`");
  }
  ASSIGN_OR_RETURN(const Plan plan, session.plan({}, CheckNodes::kLeftOut));
  RETURN_IF_ERROR(check_shared(role, plan));
  std::string& group = environment.kafka->group;
  if (group.empty()) group = "headrace-" + environment.name;
  if (role == ServerRole::kReplica)
    group += fmt::format("-replica-{}-{}", name_of_machine(), sha256_hex(data).substr(0, kFolderDigits));
  return {};
}

std::string name_of_server(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  const std::string port = colon == std::string::npos ? "7077" : listen.substr(colon + 1);
  return fmt::format("headrace {}:{}", name_of_machine(), port);
}

}  // namespace headrace
