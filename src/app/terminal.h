#pragma once

/// What the program knows of the place it writes to: data goes to stdout, messages and progress to stderr.

#include "base/result.h"

#include <string>
#include <string_view>

namespace headrace {

enum class Stream { kOut, kErr };

bool is_terminal(Stream stream);

/// Whether escape sequences for colours are wanted: on a terminal that is not "dumb", and never with NO_COLOR set.
bool wants_color(Stream stream);

/// Columns of the terminal behind the stream; 100 where there is none.
int terminal_width(Stream stream);

/// Columns that a text takes: its code points, without escape sequences.
int display_width(std::string_view text);

/// Cuts a text to so many columns, ending in "…" when something was cut.
std::string fit(std::string_view text, int width);

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kBlue };

/// The text in a style when `enabled`, else as it is.
std::string styled(std::string_view text, Style style, bool enabled);

/// Writes all of the text. A closed pipe ends the program, as it ends others.
void write_out(std::string_view text);
void write_err(std::string_view text);
void write_to(Stream stream, std::string_view text);

/// The first failure of writing to stdout so far.
Status out_status();

/// Whether all that went to stdout has arrived there. To be called once, at the end.
Status finish_out();

}  // namespace headrace
