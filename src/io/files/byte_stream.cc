#include "io/files/byte_stream.h"

#include "io/arrow/status.h"
#include "io/remote/object_store.h"

#include <arrow/io/compressed.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace headrace {

struct ByteStream::Input {
  std::string shown;
  std::unique_ptr<arrow::util::Codec> codec;
  std::shared_ptr<arrow::io::InputStream> file;
  std::shared_ptr<arrow::io::InputStream> stream;  // of its text
};

ByteStream::ByteStream(std::unique_ptr<Input> input) : input_(std::move(input)) {}
ByteStream::~ByteStream() = default;

Result<std::unique_ptr<ByteStream>> ByteStream::open(const InputFile& file) {
  const std::string context = fmt::format("cannot read `{}`", file.shown);
  auto input = std::make_unique<Input>();
  input->shown = file.shown;
  ASSIGN_OR_RETURN(input->file, open_input(file.path, context));
  input->stream = input->file;
  if (const TextPacking packing = packing_of_path(file.path); packing != TextPacking::kNone) {
    const auto kind = packing == TextPacking::kGzip ? arrow::Compression::GZIP : arrow::Compression::ZSTD;
    ASSIGN_OR_RETURN(input->codec, take_result(arrow::util::Codec::Create(kind), context));
    ASSIGN_OR_RETURN(input->stream,
                     take_result(arrow::io::CompressedInputStream::Make(input->codec.get(), input->stream), context));
  }
  return std::unique_ptr<ByteStream>(new ByteStream(std::move(input)));
}

Result<int64_t> ByteStream::read(char* out, int64_t bytes) {
  const auto count = input_->stream->Read(bytes, out);
  position_ = input_->file->Tell().ValueOr(position_);
  if (count.ok()) return *count;
  return error_of(count.status(), fmt::format("cannot read `{}`", input_->shown));
}

namespace {

/// What the first bytes of a file say that it is, when that is no text in UTF-8.
struct Signature {
  std::string_view bytes;
  std::string_view what;
  std::string_view remedy;
};
constexpr Signature kSignatures[] = {
    {"\xFF\xFE", "UTF-16 text", "say `encoding: utf-16` in the `batch` of a csv source, or write it in UTF-8"},
    {"\xFE\xFF", "UTF-16 text", "say `encoding: utf-16` in the `batch` of a csv source, or write it in UTF-8"},
    {"\x1F\x8B", "gzip data", "let its name end in .gz"},
    {"\x28\xB5\x2F\xFD", "zstd data", "let its name end in .zst"},
    {"PK\x03\x04", "a zip archive", "unpack it, or compress it with gzip or zstd"},
    {"PAR1\x15", "Parquet", "set `format: parquet` in the source"},
};

}  // namespace

Result<TextWindow> TextWindow::open(const InputFile& file, TextEncoding encoding) {
  ASSIGN_OR_RETURN(auto stream, ByteStream::open(file));
  TextWindow window(std::move(stream), encoding);
  window.shown_ = file.shown;
  while (!window.is_at_end_ && window.text().size() < 4) RETURN_IF_ERROR(window.read_more());
  for (const Signature& signature : kSignatures) {
    if (window.text().starts_with(signature.bytes)) {
      return Error::data(fmt::format("`{}` holds {}, not text in UTF-8", file.shown, signature.what))
          .with_help(std::string(signature.remedy));
    }
  }
  if (window.text().starts_with("\xEF\xBB\xBF")) window.take(3);
  return window;
}

Status TextWindow::read_more() {
  if (start_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
    end_ -= start_;
    start_ = 0;
  }
  if (end_ >= kRecordBytesMax) {
    return Error::data(fmt::format("`{}`: a single record is longer than {} MiB (is a quote not closed?)", shown_,
                                   kRecordBytesMax >> 20));
  }
  if (encoding_ != TextEncoding::kUtf8) return read_decoded();
  const size_t room = std::max(kBlockBytes, end_);
  buffer_.resize(std::max(buffer_.size(), end_ + room));
  ASSIGN_OR_RETURN(const int64_t count, stream_->read(buffer_.data() + end_, static_cast<int64_t>(room)));
  end_ += static_cast<size_t>(count);
  is_at_end_ = count == 0;
  return {};
}

Status TextWindow::read_decoded() {
  std::string bytes(kBlockBytes, '\0');
  std::string text;
  while (text.empty() && !is_at_end_) {
    ASSIGN_OR_RETURN(const int64_t count, stream_->read(bytes.data(), static_cast<int64_t>(bytes.size())));
    decoder_.decode({bytes.data(), static_cast<size_t>(count)}, text);
    is_at_end_ = count == 0;
  }
  if (is_at_end_ && decoder_.has_rest()) {
    return Error::data(fmt::format("`{}` ends inside a character of {}", shown_, to_string(encoding_)));
  }
  buffer_.resize(std::max(buffer_.size(), end_ + text.size()));
  std::copy(text.begin(), text.end(), buffer_.begin() + static_cast<ptrdiff_t>(end_));
  end_ += text.size();
  return {};
}

}  // namespace headrace
