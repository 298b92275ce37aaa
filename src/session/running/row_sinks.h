#pragma once

/// Sinks between the engine and what a job makes of its rows.

#include "base/file_system.h"
#include "engine/sink.h"
#include "io/write/table_format.h"
#include "session/job_progress.h"

#include <memory>
#include <optional>
#include <vector>

namespace headrace {

/// Ends a run that is asked to stop. Gives each batch to all of its sinks, up to a number of rows; then it ends the run with an error of kind kStopped,
/// and is_full() tells that this is no failure.
class TeeSink : public Sink {
 public:
  TeeSink(const JobProgress& progress, std::optional<int64_t> rows_max) : progress_(progress), rows_max_(rows_max) {}

  void add(Sink* sink) { sinks_.push_back(sink); }
  Status write(const Batch& batch) override;

  int64_t rows() const { return rows_; }
  bool is_full() const { return rows_max_ && rows_ == *rows_max_; }

 private:
  const JobProgress& progress_;
  std::vector<Sink*> sinks_;
  std::optional<int64_t> rows_max_;
  int64_t rows_ = 0;
};

/// Appends rows as text to a file that is open, such as the standard output. REQUIRES: the format is CSV or NDJSON.
class TextSink : public Sink {
 public:
  TextSink(WritableFile& file, const TableSchema& schema, const TableOptions& options)
      : file_(file), encoder_(make_table_encoder(schema, options)) {}

  /// What stands before the rows.
  Status start() { return file_.append(encoder_->encode_head()); }
  Status write(const Batch& batch) override;

 private:
  WritableFile& file_;
  std::unique_ptr<TableEncoder> encoder_;
};

}  // namespace headrace
