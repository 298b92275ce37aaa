#pragma once

/// Problems in the user's text: collected with place, code and remedy, shown all at once (language, section 10).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

/// A place in a file. Lines and columns count from 1, columns in code points; the end is exclusive.
struct Span {
  std::string file;
  int line = 1;
  int column = 1;
  int end_line = 1;
  int end_column = 1;
};

enum class Severity { kError, kWarning };

/// A further place that explains the problem: "declared here".
struct Related {
  Span span;
  std::string message;
};

struct Diagnostic {
  std::string code;  // of the table in codes.h, for example "F012"
  Severity severity = Severity::kError;
  std::string message;  // general statement first, in the user's terms
  Span span;
  std::string label;  // written under the mark; may be empty
  std::string help;   // the remedy; may be empty
  std::vector<Related> related;
};

/// Collects; never throws; bounded (a hostile file cannot make a million messages). The same message for the same place
/// is kept and counted once, because one definition can be read for several features.
class Diagnostics {
 public:
  static constexpr size_t kMessagesMax = 1000;

  void add(Diagnostic diagnostic);
  bool has_errors() const { return errors_ > 0; }
  size_t error_count() const { return errors_; }
  size_t warning_count() const { return warnings_; }
  /// Whether a further error would not be shown: then reading on is a waste of time.
  bool is_full() const { return errors_ >= kMessagesMax; }
  /// Counts repeated errors too: whether a step found an error is whether this number grew.
  size_t error_reports() const { return error_reports_; }
  /// In order of file, line, column, code.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
  size_t error_reports_ = 0;
};

}  // namespace headrace
