#pragma once

/// The part of a server in its environment, and what that asks of definitions and settings.
///
///   alone     the only one: it reads topics, takes pushes, and writes beside itself
///   replica   reads topics and answers; writes nothing that is the environment's
///   standby   a replica that takes over when no other server is the owner

#include "app/server/serve_options.h"
#include "plan/plan.h"

#include <string>

namespace headrace {

enum class ServerRole { kAlone, kReplica, kStandby };

/// As the options say, or the environment. A replay is alone.
ServerRole role_of(const ServeOptions& options, const ServedEnvironment& environment);

/// Whether servers can share these definitions: the events of all sources must be on a broker, since what is pushed to one server
/// no other one has.
Status check_shared(ServerRole role, const Plan& plan);

/// Makes the environment that of a server of the role: offsets are shown in the group of all that stand by, or in one of the
/// replica's own. `data`: the folder of its store. An Error of usage where it cannot be shared.
Status fit_environment(ServerRole role, const std::string& data, const Session& session,
                       ServedEnvironment& environment);

/// What others are told of this server: its machine, and the port of an address to listen at.
std::string name_of_server(const std::string& listen);

}  // namespace headrace
