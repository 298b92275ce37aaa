#pragma once

/// The words of Python for options and requests, which messages name by meaning (base/option_name.h).

#include "base/option_name.h"

namespace headrace {

const SurfaceWords& python_words();

}  // namespace headrace
