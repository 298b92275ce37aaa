#include "io/write/parquet_encoder.h"

#include "base/version.h"
#include "io/write/arrow_columns.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/chunked_array.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <arrow/util/config.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <climits>
#include <map>

namespace headrace {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr int64_t kPageBytes = 1 << 20;
constexpr int64_t kDictionaryBytes = 1 << 20;
/// Of a column of 8-byte values, so many rows in the middle of the chunk are compressed to see whether it pays.
constexpr int64_t kSampleRows = 4096;
/// Compression must save a fifth of a column, or it costs every reader more than it gives.
constexpr double kWorthwhileRatio = 0.8;

Error encoding_error(const arrow::Status& status) {
  return Error::environment("cannot encode Parquet: " + status.message());
}

bool is_plain_number(const Type& type) { return !type.is_list && type.scalar == ScalarType::kDouble; }

bool has_dictionary(const Type& type) {
  return !type.is_list && (type.scalar == ScalarType::kString || type.scalar == ScalarType::kInt64);
}

class ParquetEncoder : public TableEncoder {
 public:
  ParquetEncoder(const TableSchema& schema, Compression compression) : schema_(schema), compression_(compression) {
    arrow::FieldVector fields;
    for (size_t i = 0; i < schema.names.size(); ++i) {
      fields.push_back(arrow::field(schema.names[i], to_arrow_type(schema.types[i]), i >= schema.required_count));
    }
    arrow_schema_ = arrow::schema(std::move(fields));
  }

  std::string encode_head() const override { return std::string(kMagic); }

  Result<EncodedChunk> encode_chunk(const std::vector<Batch>& rows) const override;
  Result<std::string> encode_tail(const std::vector<EncodedChunk>& chunks) const override;

 private:
  Result<std::shared_ptr<arrow::Table>> to_table(const std::vector<Batch>& rows) const;
  /// Of a file without rows when `table` is null.
  std::shared_ptr<parquet::WriterProperties> properties_for(const arrow::Table* table) const;
  /// REQUIRES: column is of doubles.
  bool compression_pays(const arrow::Array& column) const;

  TableSchema schema_;
  Compression compression_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
};

Result<std::shared_ptr<arrow::Table>> ParquetEncoder::to_table(const std::vector<Batch>& rows) const {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  int64_t row_count = 0;
  for (const Batch& batch : rows) row_count += batch.rows;
  for (size_t i = 0; i < schema_.names.size(); ++i) {
    arrow::ArrayVector pieces;
    for (const Batch& batch : rows) {
      CHECK_EQ(batch.columns.size(), schema_.names.size());
      CHECK(batch.columns[i].type == schema_.types[i]);
      pieces.push_back(to_arrow_array(batch.columns[i]));
    }
    if (pieces.size() == 1) {
      columns.push_back(pieces[0]);
      continue;
    }
    // libarrow begins a page anew with each piece: pages must not depend on how the rows came.
    auto column = arrow::Concatenate(pieces);
    if (!column.ok()) return encoding_error(column.status());
    columns.push_back(*column);
  }
  return arrow::Table::Make(arrow_schema_, columns, row_count);
}

bool ParquetEncoder::compression_pays(const arrow::Array& column) const {
  const auto& numbers = static_cast<const arrow::DoubleArray&>(column);
  const int64_t start = std::max<int64_t>(0, (numbers.length() - kSampleRows) / 2);
  std::vector<double> sample;
  for (int64_t i = start; i < std::min(numbers.length(), start + kSampleRows); ++i) {
    if (numbers.IsValid(i)) sample.push_back(numbers.Value(i));  // what stands for a null may be anything
  }
  const auto codec = arrow::util::Codec::Create(to_arrow_compression(compression_));
  if (!codec.ok() || sample.empty()) return true;
  const auto* const bytes = reinterpret_cast<const uint8_t*>(sample.data());
  const auto size = static_cast<int64_t>(sample.size() * sizeof(double));
  std::vector<uint8_t> compressed(static_cast<size_t>((*codec)->MaxCompressedLen(size, bytes)));
  const auto got = (*codec)->Compress(size, bytes, static_cast<int64_t>(compressed.size()), compressed.data());
  return got.ok() && static_cast<double>(*got) < kWorthwhileRatio * static_cast<double>(size);
}

std::shared_ptr<parquet::WriterProperties> ParquetEncoder::properties_for(const arrow::Table* table) const {
  parquet::WriterProperties::Builder builder;
  builder.created_by(kParquetCreatedBy)->disable_dictionary()->data_pagesize(kPageBytes)->enable_page_checksum();
  builder.dictionary_pagesize_limit(kDictionaryBytes)->max_row_group_length(INT64_MAX);
  builder.compression(to_arrow_compression(compression_));
  for (size_t i = 0; i < schema_.names.size(); ++i) {
    const Type& type = schema_.types[i];
    const auto column = std::make_shared<parquet::schema::ColumnPath>(std::vector<std::string>{schema_.names[i]});
    if (has_dictionary(type)) builder.enable_dictionary(column);
    if (type == Type{ScalarType::kTimestamp}) builder.encoding(column, parquet::Encoding::DELTA_BINARY_PACKED);
    if (table != nullptr && is_plain_number(type) && compression_ != Compression::kNone &&
        !compression_pays(*table->column(static_cast<int>(i))->chunk(0))) {
      builder.compression(column, arrow::Compression::UNCOMPRESSED);
    }
  }
  return builder.build();
}

/// What the tail needs of a chunk: where its columns lie and how they were encoded.
struct ChunkDescription {
  std::shared_ptr<parquet::WriterProperties> properties;
  std::shared_ptr<parquet::FileMetaData> metadata;  // of the chunk as a file of its own
};

/// Where the last column of a file with one row group ends.
int64_t end_of_columns(const parquet::FileMetaData& metadata) {
  const auto group = metadata.RowGroup(0);
  int64_t end = static_cast<int64_t>(kMagic.size());
  for (int i = 0; i < metadata.num_columns(); ++i) {
    const auto column = group->ColumnChunk(i);
    const int64_t start = column->has_dictionary_page() ? column->dictionary_page_offset() : column->data_page_offset();
    end = std::max(end, start + column->total_compressed_size());
  }
  return end;
}

Result<EncodedChunk> ParquetEncoder::encode_chunk(const std::vector<Batch>& rows) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<arrow::Table> table, to_table(rows));
  CHECK(table->num_rows() > 0);
  const auto properties = properties_for(table.get());
  const int64_t expected_bytes = table->num_rows() * static_cast<int64_t>(schema_.names.size()) * 8 + (1 << 16);
  auto stream = arrow::io::BufferOutputStream::Create(expected_bytes);
  if (!stream.ok()) return encoding_error(stream.status());
  auto writer = parquet::arrow::FileWriter::Open(*arrow_schema_, arrow::default_memory_pool(), *stream, properties);
  if (!writer.ok()) return encoding_error(writer.status());
  const arrow::Status written = (*writer)->WriteTable(*table, table->num_rows());
  if (!written.ok()) return encoding_error(written);
  const arrow::Status closed = (*writer)->Close();
  if (!closed.ok()) return encoding_error(closed);
  const auto buffer = (*stream)->Finish();
  if (!buffer.ok()) return encoding_error(buffer.status());

  const std::shared_ptr<parquet::FileMetaData> metadata = (*writer)->metadata();
  EncodedChunk chunk;
  chunk.rows = table->num_rows();
  // The chunk is what lies between the magic word and the footer.
  chunk.size = end_of_columns(*metadata) - static_cast<int64_t>(kMagic.size());
  chunk.bytes = {reinterpret_cast<const char*>((*buffer)->data()) + kMagic.size(), static_cast<size_t>(chunk.size)};
  chunk.owner = *buffer;
  chunk.description = std::make_shared<ChunkDescription>(properties, metadata);
  return chunk;
}

/// Describes one column chunk again at another place of a file.
void move_column(const parquet::ColumnChunkMetaData& column, int64_t shift,
                 parquet::ColumnChunkMetaDataBuilder& builder) {
  std::map<parquet::Encoding::type, int32_t> dictionary_pages, data_pages;
  for (const parquet::PageEncodingStats& pages : column.encoding_stats()) {
    const bool is_dictionary = pages.page_type == parquet::PageType::DICTIONARY_PAGE;
    (is_dictionary ? dictionary_pages : data_pages)[pages.encoding] += pages.count;
  }
  const bool dictionary_fell_back = column.has_dictionary_page() && data_pages.size() > 1;
  if (const auto statistics = column.encoded_statistics()) builder.SetStatistics(*statistics);
  builder.Finish(column.num_values(), column.has_dictionary_page() ? column.dictionary_page_offset() + shift : 0, -1,
                 column.data_page_offset() + shift, column.total_compressed_size(), column.total_uncompressed_size(),
                 column.has_dictionary_page(), dictionary_fell_back, dictionary_pages, data_pages);
}

/// Describes a file that holds the chunk alone, `shift` bytes further back than it was encoded.
std::unique_ptr<parquet::FileMetaData> move_chunk(const ChunkDescription& chunk, int64_t shift, int16_t ordinal) {
  const auto builder = parquet::FileMetaDataBuilder::Make(chunk.metadata->schema(), chunk.properties);
  parquet::RowGroupMetaDataBuilder* const group = builder->AppendRowGroup();
  const auto source = chunk.metadata->RowGroup(0);
  for (int i = 0; i < chunk.metadata->num_columns(); ++i) {
    move_column(*source->ColumnChunk(i), shift, *group->NextColumnChunk());
  }
  group->set_num_rows(source->num_rows());
  group->Finish(end_of_columns(*chunk.metadata) - static_cast<int64_t>(kMagic.size()), ordinal);
  return builder->Finish();
}

Result<std::string> ParquetEncoder::encode_tail(const std::vector<EncodedChunk>& chunks) const {
  const auto properties = properties_for(nullptr);
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  const arrow::Status converted = parquet::arrow::ToParquetSchema(arrow_schema_.get(), *properties, &descriptor);
  if (!converted.ok()) return encoding_error(converted);
  auto stream = arrow::io::BufferOutputStream::Create();
  if (!stream.ok()) return encoding_error(stream.status());

  try {
    std::unique_ptr<parquet::FileMetaData> metadata =
        parquet::FileMetaDataBuilder::Make(descriptor.get(), properties)->Finish();
    int64_t shift = 0;
    for (size_t i = 0; i < chunks.size(); ++i) {
      CHECK_LT(i, size_t{INT16_MAX});
      const auto& description = *static_cast<const ChunkDescription*>(chunks[i].description.get());
      metadata->AppendRowGroups(*move_chunk(description, shift, static_cast<int16_t>(i)));
      shift += chunks[i].size;
    }
    parquet::WriteFileMetaData(*metadata, stream->get());
  } catch (const std::exception& exception) {
    return Error::environment(std::string("cannot encode Parquet: ") + exception.what());
  }

  const auto buffer = (*stream)->Finish();
  if (!buffer.ok()) return encoding_error(buffer.status());
  return (*buffer)->ToString();
}

}  // namespace

const char* const kParquetCreatedBy = "headrace version " HEADRACE_VERSION " (build arrow-" ARROW_VERSION_STRING ")";

arrow::Compression::type to_arrow_compression(Compression compression) {
  switch (compression) {
    case Compression::kNone: return arrow::Compression::UNCOMPRESSED;
    case Compression::kSnappy: return arrow::Compression::SNAPPY;
    case Compression::kLz4: return arrow::Compression::LZ4;
    case Compression::kZstd: return arrow::Compression::ZSTD;
  }
  return arrow::Compression::UNCOMPRESSED;
}

std::unique_ptr<TableEncoder> make_parquet_encoder(const TableSchema& schema, Compression compression) {
  return std::make_unique<ParquetEncoder>(schema, compression);
}

}  // namespace headrace
