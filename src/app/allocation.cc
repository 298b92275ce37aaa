#include "app/allocation.h"

#include <cstdlib>  // defines __GLIBC__

#if defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>

#include <array>
#include <cstdint>
#endif

namespace headrace {

#if defined(__GLIBC__)
namespace {

/// Asks for huge pages for the beginning of the heap: rings of thousands of keys lie on more small pages than the
/// processor keeps in mind. Only addresses are taken; memory is, as ever, what is written to.
void prefer_huge_pages() {
  constexpr size_t kBlock = size_t{24} << 20;  // below the threshold, so that it comes from the heap
  constexpr uintptr_t kHugePage = uintptr_t{2} << 20;
  std::array<void*, 8> blocks = {};
  for (void*& block : blocks) block = std::malloc(kBlock);  // NOLINT: freed below
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(blocks.front()) + kHugePage - 1) & ~(kHugePage - 1);
  const uintptr_t end = (reinterpret_cast<uintptr_t>(blocks.back()) + kBlock) & ~(kHugePage - 1);
  if (blocks.front() != nullptr && blocks.back() != nullptr && end > begin && end - begin <= blocks.size() * kBlock)
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  for (size_t i = blocks.size(); i-- > 0;) std::free(blocks[i]);
}

}  // namespace
#endif

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kMegabyte = 1 << 20;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);  // the most that glibc takes
  mallopt(M_TRIM_THRESHOLD, 512 * kMegabyte);
  prefer_huge_pages();
#endif
}

}  // namespace headrace
