#include "language/diagnostics/render.h"

#include "language/diagnostics/snippet.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// Text with ANSI codes around it, or as it is.
class Paint {
 public:
  explicit Paint(bool color) : color_(color) {}

  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string blue(std::string_view text) const { return wrap("1;34", text); }
  std::string severity(Severity severity, std::string_view text) const {
    return wrap(severity == Severity::kError ? "1;31" : "1;33", text);
  }
  std::string green(std::string_view text) const { return wrap("1;32", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const {
    return color_ && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }

  bool color_;
};

/// Texts from files can stand in messages: nothing of them may reach the terminal as control codes.
std::string printable(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      out += c;
    } else {
      out += c == '\n' || c == '\t' ? " " : "\xef\xbf\xbd";
    }
  }
  return out;
}

class TextRenderer {
 public:
  TextRenderer(const std::vector<DefinitionFile>& files, bool color) : finder_(files), paint_(color) {}

  std::string render(const Diagnostic& diagnostic) {
    const std::string_view word = diagnostic.severity == Severity::kError ? "error" : "warning";
    out_ = paint_.severity(diagnostic.severity, fmt::format("{}[{}]", word, diagnostic.code)) +
           paint_.bold(": " + printable(diagnostic.message)) + "\n";
    gutter_ = std::to_string(diagnostic.span.line).size();
    for (const Related& related : diagnostic.related)
      gutter_ = std::max(gutter_, std::to_string(related.span.line).size());
    render_place(diagnostic.span, diagnostic.label, diagnostic.severity);
    if (!diagnostic.help.empty()) render_note("help", diagnostic.help);
    for (const Related& related : diagnostic.related) {
      out_ += paint_.green("note") + paint_.bold(": " + printable(related.message)) + "\n";
      render_place(related.span, "", std::nullopt);
    }
    return std::move(out_) + "\n";
  }

 private:
  void render_place(const Span& span, std::string_view label, std::optional<Severity> severity) {
    out_ += std::string(gutter_, ' ') + paint_.blue("-->") +
            fmt::format(" {}:{}:{}\n", printable(span.file), span.line, span.column);
    const std::optional<Snippet> snippet = finder_.find(span);
    if (!snippet) {
      if (!label.empty()) render_note("note", label);
      return;
    }
    const std::string bar = std::string(gutter_ + 1, ' ') + paint_.blue("|");
    out_ += bar + "\n";
    out_ += paint_.blue(fmt::format("{:>{}} |", span.line, gutter_)) +
            (snippet->line.empty() ? "" : " " + snippet->line) + "\n";
    const std::string mark = snippet->mark + (label.empty() ? "" : " " + printable(label));
    const size_t blanks = std::min(mark.find_first_not_of(' '), mark.size());
    const std::string carets = mark.substr(blanks);
    out_ += bar + " " + mark.substr(0, blanks) + (severity ? paint_.severity(*severity, carets) : paint_.blue(carets)) +
            "\n";
  }

  void render_note(std::string_view kind, std::string_view text) {
    out_ += std::string(gutter_ + 1, ' ') + paint_.blue("=") + " " + paint_.bold(fmt::format("{}:", kind)) + " " +
            printable(text) + "\n";
  }

  SnippetFinder finder_;
  Paint paint_;
  std::string out_;
  size_t gutter_ = 1;
};

std::string counted(size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace

std::string render_text(const Diagnostics& diagnostics, const std::vector<DefinitionFile>& files, bool color) {
  TextRenderer renderer(files, color);
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) out += renderer.render(diagnostic);
  return out;
}

std::string render_summary(const Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  const size_t warnings = diagnostics.warning_count();
  if (errors + warnings == 0) return "no problems";
  if (warnings == 0) return counted(errors, "error");
  return errors == 0 ? counted(warnings, "warning") : counted(errors, "error") + ", " + counted(warnings, "warning");
}

}  // namespace headrace
