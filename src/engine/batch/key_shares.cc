#include "engine/batch/key_shares.h"

#include "engine/batch/runner.h"

namespace headrace {

Result<uint32_t> for_each_share(const BatchOptions& options, KeyTable& keys, const RunShare& run) {
  for (uint32_t count = 1;; count *= 2) {
    bool fits = true;
    for (uint32_t index = 0; fits && index < count; ++index) {
      keys.take_share({index, count, partition_bits_for(options.threads)});
      ASSIGN_OR_RETURN(fits, run(keys.share()));
    }
    if (fits) return count;
  }
}

void tell_share(BatchProgress* progress, const KeyShare& share) {
  if (progress == nullptr) return;
  progress->shares_done = share.index;
  progress->shares = share.count;
}

}  // namespace headrace
