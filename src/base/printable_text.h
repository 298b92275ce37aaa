#pragma once

/// Text of data for a message or a terminal: what a reader cannot see or would obey is spelled out.
///
/// A header of a CSV file may hold an escape sequence that moves the cursor, and a value may be no UTF-8 at all. Control
/// characters, marks that change the direction of text, line separators and bytes that are no UTF-8 become `\x1b`,
/// `\u202e`, `\xb0`; line feeds stay, because messages have lines. Messages end up in logs, so the credentials of a URI
/// become `***`. What is printable is given back as it is, and the function may be applied twice. Not injective: for
/// people, not for machines.

#include <string>
#include <string_view>

namespace headrace {

std::string printable(std::string_view text);

/// `s3://***@bucket/file?token=***` for one with user, password and token in it.
std::string without_credentials(std::string_view text);

}  // namespace headrace
