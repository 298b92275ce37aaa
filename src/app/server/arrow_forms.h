#pragma once

/// Arrow's stream format for the server: what pushes bring and reads ask for.

#include "serving/api/arrow_bodies.h"

namespace headrace {

/// Lives as long as the program.
const ArrowBodies& arrow_forms();

}  // namespace headrace
