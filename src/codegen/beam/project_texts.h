#pragma once

/// The texts beside the pipeline: README and the metadata of a Dataflow Flex Template. Private to codegen/beam.

#include "codegen/beam/kept_plan.h"

#include <string>

namespace headrace {

std::string readme_text(const KeptPlan& kept);

/// JSON: the parameters that Dataflow asks for when the template is launched.
std::string flex_template_metadata(const KeptPlan& kept);

}  // namespace headrace
