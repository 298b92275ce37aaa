#include "app/allocation.h"

#include <cstdlib>  // defines __GLIBC__

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace headrace {

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kMegabyte = 1 << 20;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);  // the most that glibc takes
  mallopt(M_TRIM_THRESHOLD, 512 * kMegabyte);
#endif
}

}  // namespace headrace
