#pragma once

/// The texts beside the pipeline: README, requirements of the kernel, digests, and the metadata of a Dataflow Flex
/// Template. Private to codegen/beam.

#include "codegen/beam/kept_plan.h"

#include <string>

namespace headrace {

std::string readme_text(const KeptPlan& kept);

/// What `--kernel native` needs besides requirements.txt: the kernel of this very version.
std::string native_requirements();

/// JSON: the digest of the meaning of each feature that is written, by name.
std::string digests_json(const KeptPlan& kept);

/// JSON: the parameters that Dataflow asks for when the template is launched.
std::string flex_template_metadata(const KeptPlan& kept);

}  // namespace headrace
