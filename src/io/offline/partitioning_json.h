#pragma once

/// The JSON form of a partitioning, for manifests and reports.

#include "data/json/json_form.h"
#include "io/offline/partitioning.h"

namespace headrace {

template <>
struct JsonWords<Partitioning> {
  static constexpr std::array all = {Partitioning::kDay, Partitioning::kMonth, Partitioning::kYear};
};

}  // namespace headrace
