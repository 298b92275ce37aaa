#include "engine/meter/plan_work.h"

#include "base/check.h"

namespace headrace {
namespace {

constexpr std::array kNodeLists = {&PlanWork::entities, &PlanWork::sources, &PlanWork::series, &PlanWork::states,
                                   &PlanWork::features};

}  // namespace

void PlanWork::add(const PlanWork& other) {
  for (const auto list : kNodeLists) {
    CHECK_EQ((this->*list).size(), (other.*list).size());
    for (size_t i = 0; i < (this->*list).size(); ++i) (this->*list)[i].add((other.*list)[i]);
  }
  unattributed.add(other.unattributed);
}

NodeWork PlanWork::whole() const {
  NodeWork whole = unattributed;
  for (const auto list : kNodeLists) {
    for (const NodeWork& node : this->*list) whole.add(node);
  }
  return whole;
}

}  // namespace headrace
