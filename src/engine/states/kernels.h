#pragma once

/// Chooses the kernel of a state node: aggregate, input type and kind of window are fixed here, once, so that the loops
/// inside know them.

#include "compute/windows/kernel.h"
#include "plan/plan.h"

#include <memory>

namespace headrace {

/// `features` are the plan's features that read the node.
std::unique_ptr<StateKernel> make_kernel(const Plan& plan, const StateNode& node, const std::vector<size_t>& features,
                                         KernelChoice choice);

// The seams, one for each family of aggregates, so that each compiles alone.
std::unique_ptr<StateKernel> make_exact_kernel(const Plan& plan, const StateNode& node, KernelChoice choice);
std::unique_ptr<StateKernel> make_extremes_kernel(ScalarType type, const StateNode& node, KernelChoice choice);
std::unique_ptr<StateKernel> make_counting_kernel(ScalarType type, const StateNode& node, KernelChoice choice);

}  // namespace headrace
