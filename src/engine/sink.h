#pragma once

/// Where the engine puts result rows: an interface that io implements.

#include "base/result.h"
#include "data/column.h"

#include <string>
#include <vector>

namespace headrace {

/// The columns of a result table.
struct ResultSchema {
  std::vector<std::string> names;
  std::vector<Type> types;
};

/// Takes result batches in their defined order. Calls are never concurrent.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Status write(const Batch& batch) = 0;
};

}  // namespace headrace
