#pragma once

/// Reads the bytes of a file in order, decompressing .gz and .zst on the way, in bounded memory.

#include "base/result.h"
#include "io/paths/location.h"
#include "io/text/text_decoder.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace headrace {

/// Not thread-safe: one reader has one stream.
class ByteStream {
 public:
  static Result<std::unique_ptr<ByteStream>> open(const InputFile& file);
  ~ByteStream();

  /// Fills at most `bytes`; 0 only at the end.
  Result<int64_t> read(char* out, int64_t bytes);
  /// Of the file's bytes, how many were read so far, compressed as they are.
  int64_t position() const { return position_; }

 private:
  struct Input;
  explicit ByteStream(std::unique_ptr<Input> input);
  std::unique_ptr<Input> input_;
  int64_t position_ = 0;
};

/// A window that slides over the text of a file: the bytes not yet taken, and room to read more behind them.
///
/// The text is UTF-8, whatever the file's encoding. A byte order mark at the start of the file is passed over.
class TextWindow {
 public:
  static constexpr size_t kBlockBytes = size_t{1} << 20;
  static constexpr size_t kRecordBytesMax = size_t{64} << 20;

  static Result<TextWindow> open(const InputFile& file, TextEncoding encoding = TextEncoding::kUtf8);

  std::string_view text() const { return {buffer_.data() + start_, end_ - start_}; }
  bool is_at_end() const { return is_at_end_; }
  int64_t file_position() const { return stream_->position(); }
  /// Drops bytes at the front.
  void take(size_t bytes) { start_ += bytes; }
  /// Reads more behind the text, which moves; an error when one record would be longer than kRecordBytesMax.
  Status read_more();

 private:
  TextWindow(std::unique_ptr<ByteStream> stream, TextEncoding encoding)
      : stream_(std::move(stream)), encoding_(encoding), decoder_(encoding) {}
  Status read_decoded();

  std::unique_ptr<ByteStream> stream_;
  TextEncoding encoding_;
  TextDecoder decoder_;  // of what is not UTF-8
  std::string shown_;
  std::vector<char> buffer_;
  size_t start_ = 0;
  size_t end_ = 0;
  bool is_at_end_ = false;
};

}  // namespace headrace
