#pragma once

/// The words of a source's `batch` that say how files of text are written, where they stand outside a definition.

#include "language/definitions/source_parts.h"

#include <string>

namespace headrace {

struct ParsedTextForm {
  TextForm form;
  Diagnostics diagnostics;
};

/// Reads `delimiter: ";", decimal: ","`, with or without braces around it. `what` names the text in messages. A word
/// that is not for files of the format is an error (S015).
ParsedTextForm parse_text_form(const std::string& text, const std::string& what, FileFormat format);

}  // namespace headrace
