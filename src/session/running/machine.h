#pragma once

/// What the machine, or the container around this process, lets a job use.

#include <cstdint>

namespace headrace {

/// Processors that this process may run on: affinity and the quota of the control group, at least 1.
int usable_threads();

/// Memory that this process may take: the least of the machine's and of the limits of its control groups.
int64_t usable_memory_bytes();

/// The largest resident size that this process has had, 0 where the system does not tell.
int64_t resident_bytes_max();

}  // namespace headrace
