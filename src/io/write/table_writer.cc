#include "io/write/table_writer.h"

#include "base/hash.h"

#include <algorithm>
#include <utility>

namespace headrace {

/// The file itself. Chunks may come in any order; each is appended as soon as those before it have been.
struct TableWriter::File {
  FileSystem& files;
  const std::string path;
  const std::shared_ptr<const TableEncoder> encoder;
  const Ending ending;

  mutable std::mutex mutex;
  Status status;                         // the first failure; nothing is written after it
  std::unique_ptr<WritableFile> output;  // made with the first bytes
  std::map<size_t, EncodedChunk> out_of_turn;
  std::vector<EncodedChunk> appended;  // without their bytes
  std::optional<size_t> chunk_count;   // known once the writer has ended
  Written written;
  Sha256 hash;
  bool is_complete = false;

  File(FileSystem& file_system, std::string file_path, std::shared_ptr<const TableEncoder> table_encoder,
       Ending how_it_ends)
      : files(file_system), path(std::move(file_path)), encoder(std::move(table_encoder)), ending(how_it_ends) {}

  Status first_failure() const {
    const std::lock_guard lock(mutex);
    return status;
  }

  void encode(size_t index, const std::vector<Batch>& rows) {
    if (!first_failure().ok()) return;
    Result<EncodedChunk> chunk = encoder->encode_chunk(rows);
    const std::lock_guard lock(mutex);
    if (!status.ok()) return;
    if (!chunk.ok()) {
      status = chunk.error().with_context(path);
      return;
    }
    out_of_turn.emplace(index, std::move(chunk).value());
    status = append_those_in_turn();
  }

  void end(size_t count) {
    const std::lock_guard lock(mutex);
    chunk_count = count;
    if (status.ok()) status = append_those_in_turn();
  }

  // The functions below need the mutex.

  Status append(std::string_view bytes) {
    if (output == nullptr) {
      ASSIGN_OR_RETURN(output, files.create(path, {.bypass_cache = true}));
      const std::string head = encoder->encode_head();
      RETURN_IF_ERROR(output->append(head));
      written.bytes += static_cast<int64_t>(head.size());
      hash.update(head);
    }
    written.bytes += static_cast<int64_t>(bytes.size());
    hash.update(bytes);
    return output->append(bytes);
  }

  Status append_those_in_turn() {
    for (auto next = out_of_turn.find(appended.size()); next != out_of_turn.end();
         next = out_of_turn.find(appended.size())) {
      EncodedChunk chunk = std::move(next->second);
      out_of_turn.erase(next);
      RETURN_IF_ERROR(append(chunk.bytes));
      written.rows += chunk.rows;
      chunk.bytes = {};
      chunk.owner.reset();
      appended.push_back(std::move(chunk));
    }
    if (chunk_count != appended.size()) return {};
    ASSIGN_OR_RETURN(const std::string tail, encoder->encode_tail(appended));
    RETURN_IF_ERROR(append(tail));
    written.sha256 = hash.hex();
    if (!tail.empty()) written.footer_sha256 = sha256_hex(tail);
    if (ending.synced == Synced::kAtItsEnd) RETURN_IF_ERROR(output->sync());
    RETURN_IF_ERROR(output->close());
    output.reset();
    is_complete = true;
    if (ending.files_done != nullptr) ++*ending.files_done;
    appended = {};
    return {};
  }
};

TableWriter::TableWriter(FileSystem& files, std::string path, std::shared_ptr<const TableEncoder> encoder,
                         const TableOptions& options, WorkQueue& queue, Ending ending)
    : chunk_rows_(options.chunk_rows),
      queue_(queue),
      file_(std::make_shared<File>(files, std::move(path), std::move(encoder), ending)) {
  CHECK(chunk_rows_ > 0);
}

TableWriter::~TableWriter() = default;

Status TableWriter::write(const Batch& batch) {
  for (int64_t start = 0; start < batch.rows;) {
    const int64_t rows = std::min(batch.rows - start, chunk_rows_ - collected_rows_);
    collected_.push_back(rows == batch.rows ? batch : batch.slice(start, rows));
    collected_rows_ += rows;
    start += rows;
    if (collected_rows_ == chunk_rows_) RETURN_IF_ERROR(submit_chunk());
  }
  return {};
}

Status TableWriter::submit_chunk() {
  RETURN_IF_ERROR(file_->first_failure());
  const size_t index = chunk_count_++;
  collected_rows_ = 0;
  queue_.submit([file = file_, index, rows = std::exchange(collected_, {})] { file->encode(index, rows); });
  return {};
}

Status TableWriter::end() {
  if (collected_rows_ > 0) RETURN_IF_ERROR(submit_chunk());
  queue_.submit([file = file_, count = chunk_count_] { file->end(count); });
  return {};
}

Result<TableWriter::Written> TableWriter::result() const {
  RETURN_IF_ERROR(file_->first_failure());
  CHECK(file_->is_complete);
  return file_->written;
}

}  // namespace headrace
