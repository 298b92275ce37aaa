#include "io/write/arrow_stream.h"

#include "data/value.h"
#include "io/arrow/arrow_text.h"
#include "io/arrow/status.h"
#include "io/write/arrow_columns.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <fmt/format.h>

namespace headrace {
namespace {

constexpr char kBody[] = "the Arrow stream";

Status append_rows(const arrow::RecordBatch& batch, const ArrowStreamLimits& limits, std::string& out) {
  std::vector<std::string> heads;
  for (const auto& field : batch.schema()->fields()) {
    heads.push_back((heads.empty() ? "{" : ",") + quote_json(field->name()) + ":");
  }
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (heads.empty()) out += '{';
    for (int column = 0; column < batch.num_columns(); ++column) {
      out += heads[static_cast<size_t>(column)];
      append_cell(out, *batch.column(column), row, CellStyle::kJson);
    }
    out += "}\n";
    if (out.size() > limits.text_bytes_max) {
      return Error::data(fmt::format("{} unfolds to more than {} bytes", kBody, limits.text_bytes_max))
          .with_help("send it in several pushes");
    }
  }
  return {};
}

}  // namespace

Result<std::string> json_lines_of_arrow(std::string_view stream, const ArrowStreamLimits& limits) {
  arrow::CappedMemoryPool pool(arrow::default_memory_pool(), limits.memory_bytes_max);
  arrow::ipc::IpcReadOptions options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = &pool;
  options.use_threads = false;
  const auto bytes = std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(stream.data()),
                                                     static_cast<int64_t>(stream.size()));
  ASSIGN_OR_RETURN(const auto reader, take_result(arrow::ipc::RecordBatchStreamReader::Open(
                                                      std::make_shared<arrow::io::BufferReader>(bytes), options),
                                                  kBody));
  std::string out;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status read = reader->ReadNext(&batch);
    if (!read.ok()) return Error::data(fmt::format("{}: {}", kBody, read.message()));
    if (batch == nullptr) return out;
    const arrow::Status valid = batch->ValidateFull();
    if (!valid.ok()) return Error::data(fmt::format("{}: {}", kBody, valid.message()));
    RETURN_IF_ERROR(append_rows(*batch, limits, out));
  }
}

Result<std::string> arrow_of_columns(const std::vector<std::string>& names, const std::vector<Column>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    arrays.push_back(to_arrow_array(columns[i]));
    fields.push_back(arrow::field(names[i], arrays.back()->type()));
  }
  const auto schema = arrow::schema(fields);
  const int64_t rows = columns.empty() ? 0 : columns.front().length;
  ASSIGN_OR_RETURN(const auto out, take_result(arrow::io::BufferOutputStream::Create(), kBody));
  ASSIGN_OR_RETURN(const auto writer, take_result(arrow::ipc::MakeStreamWriter(out, schema), kBody));
  arrow::Status written = writer->WriteRecordBatch(*arrow::RecordBatch::Make(schema, rows, arrays));
  if (written.ok()) written = writer->Close();
  if (!written.ok()) return error_of(written, kBody);
  ASSIGN_OR_RETURN(const auto buffer, take_result(out->Finish(), kBody));
  return buffer->ToString();
}

}  // namespace headrace
