#pragma once

/// Turns batches of a source into row blocks: cleans the values (NaN and infinity become null, −0.0 becomes 0.0),
/// evaluates what depends on columns only, numbers the keys, and brings rows into order of time.
///
/// One RowReader a thread; the key table and the text pool are shared.

#include "data/text_pool.h"
#include "engine/layout/layout.h"
#include "engine/meter/work_accounts.h"
#include "engine/rows/key_table.h"
#include "engine/rows/row_block.h"
#include "engine/rows/row_scratch.h"

#include <span>

namespace headrace {

class RowReader {
 public:
  /// Keys of the whole table below `observed_keys` have an observation.
  RowReader(const Layout& layout, KeyTable& keys, TextPool& texts, size_t observed_keys)
      : layout_(layout), keys_(keys), texts_(texts), observed_keys_(observed_keys) {}

  /// Notes what reading takes from now on.
  void set_meter(WorkMeter meter) { meter_ = meter; }

  /// The batch has the columns of the source's request. `is_kept`: which of its rows shall be in the block, by a byte
  /// each; empty for all.
  Result<RowBlock> read(size_t source, uint64_t order, const Batch& batch, RowScratch& scratch,
                        std::span<const uint8_t> is_kept = {});
  /// Of the batch that was read last.
  int64_t rows_of_observed_keys() const { return rows_of_observed_keys_; }

 private:
  void read_keys(const SourceLayout& source, const Batch& batch, RowBlock& block);
  static Status read_identity(const SourceRequest& request, const Batch& batch, RowBlock& block);
  void evaluate(size_t source, const Batch& batch, RowScratch& scratch, RowBlock& block);

  const Layout& layout_;
  KeyTable& keys_;
  TextPool& texts_;
  const size_t observed_keys_;
  WorkMeter meter_;
  int64_t rows_of_observed_keys_ = 0;
};

/// Key slots of a column without nulls: strings are interned, the rest is copied or, for 64-bit integers, pointed to.
/// `scratch` holds what had to be made.
const Slot* key_slots(const Column& column, TextPool& texts, std::vector<Slot>& scratch);

}  // namespace headrace
