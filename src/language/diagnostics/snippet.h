#pragma once

/// One line of a file as a terminal can show it, with the mark under a place. Internal to render.cc.

#include "language/diagnostics/definition_file.h"
#include "language/diagnostics/diagnostic.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace headrace {

struct Snippet {
  std::string line;  // what is shown of the line
  std::string mark;  // blanks, then carets
};

/// Finds lines of files; keeps where they begin. Not thread-safe; the files must outlive it.
class SnippetFinder {
 public:
  explicit SnippetFinder(const std::vector<DefinitionFile>& files);

  /// Nothing when the file or the line is not there.
  std::optional<Snippet> find(const Span& span);

 private:
  struct IndexedFile {
    std::string_view text;
    std::vector<size_t> line_starts;  // of each kLineStride-th line; empty until a line is asked for
  };
  static constexpr size_t kLineStride =
      64;  // files of line breaks alone would else have an index of eight times their size

  static void index_lines(IndexedFile& file);
  std::optional<std::string_view> line_of(const Span& span);
  /// The first byte of the code point with this index.
  size_t byte_of_column(std::string_view line, size_t column);

  /// Where the last look-up ended: places on one long line come in order.
  struct Cursor {
    const char* line = nullptr;
    size_t column = 0;
    size_t byte = 0;
  };
  Cursor cursor_;

  std::unordered_map<std::string, IndexedFile> files_;
};

}  // namespace headrace
