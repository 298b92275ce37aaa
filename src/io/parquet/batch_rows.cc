#include "io/parquet/batch_rows.h"

#include "io/parquet/parquet_source.h"

#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <cstring>

namespace headrace {
namespace {

/// For the texts of one column of a batch.
constexpr int64_t kTextBytes = int64_t{32} << 20;
/// Texts of one chunk may lie unevenly, so that a batch has so many times the mean.
constexpr int64_t kUnevenness = 8;

/// The length of the longest text of a dictionary page: lengths of four bytes, each before its text.
int64_t longest_text(const parquet::Page& page, int32_t count) {
  int64_t longest = 0;
  const uint8_t* at = page.data();
  const uint8_t* const end = at + page.size();
  for (int32_t i = 0; i < count && end - at >= 4; ++i) {
    uint32_t length = 0;
    std::memcpy(&length, at, sizeof(length));
    at += 4;
    if (static_cast<int64_t>(length) > end - at) break;  // the reader will say so
    at += length;
    longest = std::max<int64_t>(longest, length);
  }
  return longest;
}

/// How many rows of one text column fit.
int64_t rows_of_texts(parquet::RowGroupReader& group, const parquet::ColumnChunkMetaData& chunk, int leaf) {
  const int64_t bytes = chunk.total_uncompressed_size();
  // However often the whole chunk is written out.
  if (bytes <= kTextBytes / kParquetBatchRows) return kParquetBatchRows;
  int64_t rows = kParquetBatchRows;
  if (bytes > kTextBytes) rows = kTextBytes / (kUnevenness * (bytes / std::max<int64_t>(1, chunk.num_values()) + 1));
  if (!chunk.has_dictionary_page()) return rows;
  const std::shared_ptr<parquet::Page> page = group.GetColumnPageReader(leaf)->NextPage();
  if (page == nullptr || page->type() != parquet::PageType::DICTIONARY_PAGE) return rows;
  const int32_t count = static_cast<const parquet::DictionaryPage&>(*page).num_values();
  return std::min(rows, kTextBytes / (longest_text(*page, count) + 1));
}

}  // namespace

Result<int64_t> batch_rows_of(parquet::arrow::FileReader& reader, int group, const std::vector<int>& leaves,
                              const std::string& context) {
  const std::shared_ptr<parquet::FileMetaData> metadata = reader.parquet_reader()->metadata();
  const std::shared_ptr<parquet::RowGroupReader> row_group = reader.parquet_reader()->RowGroup(group);
  int64_t rows = kParquetBatchRows;
  for (const int leaf : leaves) {
    if (metadata->schema()->Column(leaf)->physical_type() != parquet::Type::BYTE_ARRAY) continue;
    try {
      rows = std::min(rows, rows_of_texts(*row_group, *metadata->RowGroup(group)->ColumnChunk(leaf), leaf));
    } catch (const std::exception& failure) {
      return Error::data(
          fmt::format("{}, column `{}`: {}", context, metadata->schema()->Column(leaf)->name(), failure.what()));
    }
  }
  return std::max<int64_t>(1, rows);
}

}  // namespace headrace
