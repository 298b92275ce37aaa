#include "session/running/row_sinks.h"

namespace headrace {

Status TeeSink::write(const Batch& batch) {
  RETURN_IF_ERROR(progress_.writing().check());
  const bool is_too_much = rows_max_ && rows_ + batch.rows > *rows_max_;
  const Batch taken = is_too_much ? batch.slice(0, *rows_max_ - rows_) : batch;
  for (Sink* sink : sinks_) RETURN_IF_ERROR(sink->write(taken));
  rows_ += taken.rows;
  if (is_full()) return Error::stopped("the rows that were asked for are there");
  return {};
}

Status TextSink::write(const Batch& batch) {
  ASSIGN_OR_RETURN(const EncodedChunk chunk, encoder_->encode_chunk({batch}));
  return file_.append(chunk.bytes);
}

}  // namespace headrace
