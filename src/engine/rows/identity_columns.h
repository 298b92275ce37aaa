#pragma once

/// The columns of a batch that say which rows are one event.

#include "data/column.h"
#include "engine/rows/event_id.h"
#include "engine/source.h"

namespace headrace {

/// Views of a batch's columns, which outlives this.
class IdentityColumns {
 public:
  /// An id that is neither an integer nor text is an error. REQUIRES: request.has_id.
  static Result<IdentityColumns> of(const SourceRequest& request, const Batch& batch);

  EventId id(int64_t row) const {
    if (!ids_->is_valid(row)) return {};
    return is_text_ ? event_id_of(ids_->string_at(row)) : event_id_of(ids_->int64s()[row]);
  }
  bool has_deleted() const { return deleted_ != nullptr; }
  bool is_deleted(int64_t row) const {
    return deleted_ != nullptr && deleted_->is_valid(row) && deleted_->bool_at(row);
  }

 private:
  const Column* ids_ = nullptr;
  const Column* deleted_ = nullptr;
  bool is_text_ = false;
};

}  // namespace headrace
