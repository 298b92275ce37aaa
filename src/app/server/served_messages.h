#pragma once

/// What decodes the messages of a source, as an environment says.

#include "brokers/message_decoder.h"
#include "plan/plan.h"
#include "session/project/environment.h"

#include <memory>

namespace headrace {

/// Null where messages are lines of JSON. Reads the files that the environment names, and asks no registry yet. An address, a
/// schema or a type that cannot be used is an Error.
Result<std::unique_ptr<MessageDecoder>> open_decoder(const ServedEnvironment& environment, const PlanSource& source);

}  // namespace headrace
